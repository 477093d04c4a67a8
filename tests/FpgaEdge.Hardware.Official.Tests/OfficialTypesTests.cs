namespace FpgaEdge.Hardware.Official.Tests;

/// <summary>That the register-map tests of this project really run over the other types.</summary>
[TestClass]
public sealed class OfficialTypesTests
{
    // Goal: no driver here uses our types. Method: the assembly that the drivers' device type comes from.
    [TestMethod]
    public void DriversUseTheOfficialTypes()
    {
        Type device = typeof(Ina226).GetConstructors().Single().GetParameters()[0].ParameterType;
        Assert.AreEqual("System.Device.I2c.I2cDevice", device.FullName);
        Assert.AreEqual("System.Device.Gpio", device.Assembly.GetName().Name);
    }
}
