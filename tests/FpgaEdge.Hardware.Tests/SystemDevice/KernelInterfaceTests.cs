using System.Device.Gpio.Drivers;
using System.Device.I2c;
using System.Diagnostics;

namespace FpgaEdge.Hardware.Tests;

/// <summary>Our copies of the kernel's numbers and structures against its own headers.</summary>
[TestClass]
public sealed class KernelInterfaceTests
{
    private const string Program = """
        #include <stddef.h>
        #include <stdio.h>
        #include <linux/gpio.h>
        #include <linux/i2c.h>
        #include <linux/i2c-dev.h>
        int main(void) {
          printf("%lx %lx %lx %lx %lx\n", (long)GPIO_GET_CHIPINFO_IOCTL, (long)GPIO_V2_GET_LINE_IOCTL,
            (long)GPIO_V2_LINE_SET_CONFIG_IOCTL, (long)GPIO_V2_LINE_GET_VALUES_IOCTL, (long)GPIO_V2_LINE_SET_VALUES_IOCTL);
          printf("%zu %zu %zu %zu %zu\n", sizeof(struct gpiochip_info), sizeof(struct gpio_v2_line_request),
            sizeof(struct gpio_v2_line_config), sizeof(struct gpio_v2_line_event), sizeof(struct gpio_v2_line_config_attribute));
          printf("%llx %llx %llx %llx %llx %llx %x\n", GPIO_V2_LINE_FLAG_INPUT, GPIO_V2_LINE_FLAG_OUTPUT,
            GPIO_V2_LINE_FLAG_EDGE_RISING, GPIO_V2_LINE_FLAG_EDGE_FALLING, GPIO_V2_LINE_FLAG_BIAS_PULL_UP,
            GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN, GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES);
          printf("%x %x %x %x %x %x %zu %zu\n", I2C_RETRIES, I2C_TIMEOUT, I2C_FUNCS, I2C_RDWR, I2C_FUNC_I2C, I2C_M_RD,
            sizeof(struct i2c_msg), sizeof(struct i2c_rdwr_ioctl_data));
          return 0;
        }
        """;

    // Goal: ioctl numbers, flags and sizes are the kernel's. Method: a C program that includes its headers prints
    // them; the same line from our constants.
    [TestMethod]
    public async Task NumbersAndStructuresAreTheKernels()
    {
        string printed = await PrintedByCAsync();
        Assert.AreEqual(Ours(), printed.Trim());
    }

    private static unsafe string Ours() => string.Join('\n',
        $"{LinuxGpio.GetChipInfo:x} {LinuxGpio.GetLine:x} {LinuxGpio.SetConfig:x} {LinuxGpio.GetValues:x} {LinuxGpio.SetValues:x}",
        $"{sizeof(LinuxGpio.ChipInfo)} {sizeof(LinuxGpio.LineRequest)} {sizeof(LinuxGpio.LineConfig)} " +
        $"{sizeof(LinuxGpio.LineEvent)} {sizeof(LinuxGpio.LineAttribute)}",
        $"{(ulong)LinuxGpio.LineFlags.Input:x} {(ulong)LinuxGpio.LineFlags.Output:x} " +
        $"{(ulong)LinuxGpio.LineFlags.EdgeRising:x} {(ulong)LinuxGpio.LineFlags.EdgeFalling:x} " +
        $"{(ulong)LinuxGpio.LineFlags.BiasPullUp:x} {(ulong)LinuxGpio.LineFlags.BiasPullDown:x} 2",
        $"{LinuxI2c.SetRetries:x} {LinuxI2c.SetTimeout:x} {LinuxI2c.GetFunctions:x} {LinuxI2c.Transfer:x} " +
        $"{LinuxI2c.PlainMessages:x} {LinuxI2c.Reads:x} {sizeof(LinuxI2c.Message)} {sizeof(LinuxI2c.MessageList)}");

    private static async Task<string> PrintedByCAsync()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/gcc"))
        {
            Assert.Inconclusive("needs gcc (Debian: apt-get install gcc libc6-dev)");
        }
        using var folder = new TemporaryFolder();
        string source = folder.File("interface.c");
        await File.WriteAllTextAsync(source, Program);
        string binary = folder.File("interface");
        using (Process compiler = Process.Start("/usr/bin/gcc", ["-o", binary, source]))
        {
            await compiler.WaitForExitAsync();
            Assert.AreEqual(0, compiler.ExitCode);
        }
        using Process run = Process.Start(new ProcessStartInfo(binary) { RedirectStandardOutput = true })!;
        return await run.StandardOutput.ReadToEndAsync();
    }
}
