namespace FpgaEdge.Hardware.Tests.Power;

[TestClass]
public sealed class TemperatureTests
{
    // Goal: the chip's temperature is what the kernel's documentation says of its files, and no figure where there is none. Method:
    // the files of a Zynq-7000's XADC (raw 2597: 46.5 degrees by the converter's formula), of a thermal zone, nonsense, and nothing.
    [TestMethod]
    public void TheKernelsFilesAreRead()
    {
        using var folder = new TemporaryFolder();
        var sensor = new TemperatureSensor($"{folder}");
        Assert.IsNull(sensor.ReadMillicelsius());
        string zone = Directory.CreateDirectory(Path.Combine($"{folder}", "sys/class/thermal/thermal_zone0")).FullName;
        File.WriteAllText(Path.Combine(zone, "temp"), "51250\n");
        Assert.AreEqual(51_250L, sensor.ReadMillicelsius());
        string xadc = Directory.CreateDirectory(Path.Combine($"{folder}", "sys/bus/iio/devices/iio:device0")).FullName;
        File.WriteAllText(Path.Combine(xadc, "in_temp0_raw"), "2597\n");
        File.WriteAllText(Path.Combine(xadc, "in_temp0_offset"), "-2219\n");
        File.WriteAllText(Path.Combine(xadc, "in_temp0_scale"), "123.040771484\n");
        Assert.AreEqual(46_509L, sensor.ReadMillicelsius());
        File.WriteAllText(Path.Combine(xadc, "in_temp0_raw"), "busy\n");
        Assert.AreEqual(51_250L, sensor.ReadMillicelsius());
    }
}
