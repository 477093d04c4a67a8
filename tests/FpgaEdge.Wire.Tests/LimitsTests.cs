using System.Reflection;

namespace FpgaEdge.Wire.Tests;

[TestClass]
public sealed class LimitsTests
{
    // Goal: what is shown on terminals cannot steer them. Method: names of every length around the limit and with every byte.
    [TestMethod]
    public void NamesArePrintableAndShort()
    {
        Assert.IsTrue(NameText.IsValid(""u8));
        Assert.IsTrue(NameText.IsValid(new string('~', WireLimits.NameBytes).Select(c => (byte)c).ToArray()));
        Assert.IsFalse(NameText.IsValid(new string('~', WireLimits.NameBytes + 1).Select(c => (byte)c).ToArray()));
        for (int code = 0; code < 256; code++)
        {
            Assert.AreEqual(code is >= 0x20 and < 0x7f, NameText.IsValid([(byte)'a', (byte)code]), $"{code}");
        }
    }

    // Goal: the list that --version --verbose prints is complete. Method: every constant of the class, by reflection.
    [TestMethod]
    public void EveryLimitIsListed()
    {
        (string Name, long Value)[] constants = [.. typeof(WireLimits).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .Select(field => (field.Name, Convert.ToInt64(field.GetRawConstantValue())))];
        CollectionAssert.AreEquivalent(constants, WireLimits.All.ToArray());
    }
}
