using System.Reflection;

namespace FpgaEdge.Wire.Tests;

[TestClass]
public sealed class LimitsTests
{
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
