using System.Text;
using System.Text.RegularExpressions;
using FpgaEdge.Tests;

namespace FpgaEdge.Hardware.Tests;

/// <summary>A hundred ways to write a board file wrong, on the largest shipped one: each is refused at its line with its
/// reason.</summary>
[TestClass]
public sealed class BoardMutationTests
{
    private static readonly string Zcu102 = Path.Combine(SharedData.RepositoryRoot, "bsp", "zcu102", "board.json");

    /// <summary>What is written, what it is replaced by (its first occurrence only), where the fault is, words of the
    /// reason. A place after "~" is another one than that of the mistake; "*" is any.</summary>
    public static IEnumerable<object[]> Mutations =>
    [
        // The document.
        ["\"schema\": 1", "\"schema\": 2", "$.schema", "expected 1"],
        ["\"schema\": 1", "\"schema\": \"1\"", "$.schema", "expected a number, found \"1\""],
        ["\"schema\": 1", "\"schema\": null", "$.schema", "found null"],
        ["\"schema\": 1,", "", "$", "\"schema\" is missing"],
        ["\"name\": \"zcu102\"", "\"name\": \"ZCU102\"", "$.name", "lower-case"],
        ["\"name\": \"zcu102\"", "\"name\": \"\"", "$.name", "not empty"],
        ["\"name\": \"zcu102\"", "\"name\": \"../zcu102\"", "$.name", "lower-case"],
        ["\"name\": \"zcu102\"", "\"name\": \"a-name-of-a-board-that-is-longer-than-forty-letters\"", "$.name", "40"],
        ["\"name\": \"zcu102\"", "\"name\": [\"zcu102\"]", "$.name", "found an array"],
        ["\"title\": \"AMD ZCU102\"", "\"title\": 102", "$.title", "a string"],
        ["\"title\": \"AMD ZCU102\",", "", "$", "\"title\" is missing"],
        ["\"soc\": \"xczu9eg\"", "\"soc\": true", "$.soc", "a string"],
        ["\"soc\": \"xczu9eg\"", "\"soc\": \"xczu9eg\", \"soc\": \"xczu9eg\"", "$.soc", "given twice"],
        ["\"soc\": \"xczu9eg\"", "\"soc\": \"xczu9eg\", \"colour\": \"red\"", "$.colour", "unknown member"],
        ["\"soc\": \"xczu9eg\"", "\"soc\": 'xczu9eg'", "*", "not JSON"],
        ["\"soc\": \"xczu9eg\"", "\"soc\" \"xczu9eg\"", "*", "not JSON"],
        ["\"access\": \"physical\"", "\"access\": \"mem\"", "$.access", "\"files\" or \"physical\""],
        ["\"access\": \"physical\"", "\"access\": \"files\"", "$.name", "virtual-"],
        // Registers.
        ["\"base\": \"0xA0000000\"", "\"base\": \"A0000000\"", "$.registers.base", "0x43C00000"],
        ["\"base\": \"0xA0000000\"", "\"base\": 2684354560", "$.registers.base", "a string"],
        ["\"base\": \"0xA0000000\"", "\"base\": \"0xA0000800\"", "$.registers.base", "multiple of 4096"],
        ["\"base\": \"0xA0000000\"", "\"base\": \"0x1A0000000\"", "$.registers.base", "32-bit"],
        ["\"base\": \"0xA0000000\"", "\"base\": \"0xFFFFF000\"", "$.registers.base", "4 GiB"],
        ["\"base\": \"0xA0000000\"", "\"base\": \"0xgg\"", "$.registers.base", "32-bit"],
        ["\"blocks\": 4", "\"blocks\": 5", "$.registers.blocks", "4..4"],
        ["\"blocks\": 4", "\"blocks\": 4.5", "$.registers.blocks", "whole number"],
        ["\"blockBytes\": 4096", "\"blockBytes\": 1024", "$.registers.blockBytes", "4096..65536"],
        ["\"blockBytes\": 4096", "\"blockBytes\": 5000", "$.registers.blockBytes", "multiple of 4096"],
        ["\"protocol\": \"hls\"", "\"protocol\": \"chisel\"", "$.registers.protocol", "\"hls\""],
        ["\"protocol\": \"hls\"", "\"protocoll\": \"hls\"", "$.registers", "\"protocol\" is missing"],
        // Memory and DMA region.
        ["\"bytes\": 2147483648", "\"bytes\": 0", "$.memory.bytes", "found 0"],
        ["\"bytes\": 2147483648", "\"bytes\": 1e12", "$.memory.bytes", "found 1e12"],
        ["\"bytes\": 2147483648", "\"bytes\": 1073741824", "$.dma.base", "beyond the memory's 0x40000000"],
        ["\"bytes\": 134217728", "\"bytes\": 2147487744", "$.memory.used[0]", "beyond the memory"],
        ["\"bytes\": 134217728", "\"bytes\": 1", "$.memory.used[0].bytes", "4096"],
        ["\"base\": \"0x00000000\", \"bytes\": 134217728", "\"base\": \"0x00000000\", \"bytes\": 1342177280", "~$.dma.base", "used by kernel"],
        ["\"base\": \"0x00000000\", \"bytes\": 134217728", "\"base\": \"0x4FFFF000\", \"bytes\": 4096", "~$.dma.base", "0x4FFFF000..0x4FFFFFFF"],
        ["\"by\": \"kernel", "\"for\": \"kernel", "$.memory.used[0]", "\"by\" is missing"],
        ["\"used\": [", "\"usd\": [", "$.memory.usd", "unknown member; expected one of bytes, source, used"],
        ["\"base\": \"0x40000000\"", "\"base\": \"0x07FFF000\"", "$.dma.base", "overlaps 0x0..0x7FFFFFF, used by kernel"],
        ["\"base\": \"0x40000000\"", "\"base\": \"0x00000000\"", "$.dma.base", "above 0"],
        ["\"base\": \"0x40000000\"", "\"base\": \"0x40000010\"", "$.dma.base", "multiple of 4096"],
        ["\"base\": \"0x40000000\"", "\"base\": \"0x7FFFF000\"", "$.dma.base", "beyond the memory"],
        ["\"base\": \"0x40000000\"", "\"base\": \"-1\"", "$.dma.base", "found \"-1\""],
        ["\"bytes\": 268435456", "\"bytes\": 268435457", "$.dma.bytes", "multiple of 4096"],
        ["\"bytes\": 268435456", "\"bytes\": 4096", "$.dma.bytes", "65536"],
        ["\"bytes\": 268435456", "\"bytes\": 2147483648", "$.dma.bytes", "1073741824"],
        ["\"bytes\": 268435456", "\"bytes\": \"256M\"", "$.dma.bytes", "a number, found \"256M\""],
        ["\"coherent\": true", "\"coherent\": 1", "$.dma.coherent", "true or false"],
        ["\"coherent\": true,", "", "$.dma", "\"coherent\" is missing"],
        ["\"coherent\": true", "\"memory\": \"dma-heap\", \"coherent\": true", "$.dma.memory", "\"u-dma-buf\""],
        ["\"coherent\": true", "\"memory\": \"u-dma-buf\", \"coherent\": true", "$.dma", "\"device\" is missing"],
        ["\"coherent\": true", "\"memory\": \"cma\", \"device\": \"udmabuf0\", \"coherent\": true", "~$.dma.base", "leave \"base\" out"],
        ["\"coherent\": true", "\"memory\": \"u-dma-buf\", \"device\": \"../mem\", \"coherent\": true", "$.dma.device", "under /dev"],
        ["\"coherent\": true", "\"device\": \"udmabuf0\", \"coherent\": true", "$.dma.device", "unknown member"],
        // Accelerator.
        ["\"isa\": \"current\"", "\"isa\": \"Current\"", "$.accelerator.isa", "\"legacy\""],
        ["\"clockHertz\": 333000000", "\"clockHertz\": 333", "$.accelerator.clockHertz", "found 333"],
        ["\"clockHertz\": 333000000", "\"clockHertz\": 333.5e6", "$.accelerator.clockHertz", "whole number"],
        ["\"axiBits\": 128", "\"axiBits\": 100", "$.accelerator.axiBits", "multiple of 32"],
        ["\"axiBits\": 128", "\"axiBits\": 0", "$.accelerator.axiBits", "32..1024"],
        ["\"TARGET\": \"zcu102\"", "\"TARGET\": \"\"", "$.accelerator.config.TARGET", "not empty"],
        ["\"LOG_INP_WIDTH\": 3", "\"LOG_INP_WIDTH\": 33", "$.accelerator.config.LOG_INP_WIDTH", "0..31"],
        ["\"LOG_ACC_WIDTH\": 5", "\"LOG_ACC_WIDTH\": 2", "$.accelerator.config", ""],
        ["\"LOG_BLOCK\": 4", "\"LOG_BLOCK\": 9", "$.accelerator.config", ""],
        ["\"LOG_UOP_BUFF_SIZE\": 15", "\"LOG_UOP_BUFF_SIZE\": 25", "$.accelerator.config", ""],
        ["\"LOG_WGT_BUFF_SIZE\": 18,", "", "$.accelerator.config", "\"LOG_WGT_BUFF_SIZE\" is missing"],
        ["\"LOG_BATCH\": 0", "\"LOG_BATCH\": 0, \"LOG_BATCHES\": 0", "$.accelerator.config.LOG_BATCHES", "unknown member"],
        // Link.
        ["\"bitsPerSecond\": 1000000000", "\"bitsPerSecond\": 1000", "$.link.bitsPerSecond", "found 1000"],
        ["\"bitsPerSecond\": 1000000000", "\"bitsPerSecond\": \"1G\"", "$.link.bitsPerSecond", "a number"],
        // Platform.
        ["\"referenceHertz\": 33330000", "\"referenceHertz\": 33", "$.platform.clocks.referenceHertz", "found 33"],
        ["\"processorHertz\": 1200000000", "\"processorHertz\": 12000000000", "$.platform.clocks.processorHertz", "3000000000"],
        ["\"device\": \"ttyPS0\"", "\"device\": \"/dev/ttyPS0\"", "$.platform.serial.device", "under /dev"],
        ["\"device\": \"ttyPS0\"", "\"device\": \"COM3\"", "$.platform.serial.device", "ttyPS0"],
        ["\"baud\": 115200", "\"baud\": 115000", "$.platform.serial.baud", "115200"],
        ["\"baud\": 115200", "\"baud\": 115200, \"parity\": \"none\"", "$.platform.serial.parity", "unknown member"],
        ["\"chip\": \"zynqmp_gpio\"", "\"chip\": \"gpiochip0\"", "$.platform.leds[0].chip", "\"zynqmp_gpio\""],
        ["\"line\": 23", "\"line\": 174", "$.platform.leds[0].line", "0..173"],
        ["\"line\": 23", "\"line\": -1", "$.platform.leds[0].line", "found -1"],
        ["\"activeLow\": false", "\"activeLow\": \"no\"", "$.platform.leds[0].activeLow", "true or false"],
        ["\"medium\": \"sd\"", "\"medium\": \"floppy\"", "$.platform.boot.medium", "\"qspi\""],
        ["\"BOOT.BIN\"", "\"../BOOT.BIN\"", "$.platform.boot.files[0]", "inside the boot partition"],
        ["\"BOOT.BIN\"", "\"/BOOT.BIN\"", "$.platform.boot.files[0]", "inside the boot partition"],
        ["[\"BOOT.BIN\", \"boot.scr\", \"image.ub\"]", "[]", "$.platform.boot.files", "at least one"],
        ["\"boot\": {", "\"boots\": {", "$.platform", "\"boot\" is missing"],
        // Sampling.
        ["\"samplePeriodMicroseconds\": 20000", "\"samplePeriodMicroseconds\": 100", "$.power.samplePeriodMicroseconds", "300"],
        ["\"samplePeriodMicroseconds\": 20000", "\"samplePeriodMicroseconds\": 4000", "$.rails", "22 readings take 5500 µs at 400000 Hz"],
        ["\"busHertz\": 400000", "\"busHertz\": 100000", "$.rails", "22 readings take 22000 µs"],
        ["\"busHertz\": 400000", "\"busHertz\": 0", "$.power.busHertz", "10000"],
        ["\"power\": {", "\"powers\": {", "$.rails", "\"power\" with samplePeriodMicroseconds"],
        // Rails.
        ["\"rails\": [", "\"rails\": 22, \"x\": [", "$.rails", "an array"],
        ["\"name\": \"VCCPSINTFP\"", "\"name\": \"VCC PSINTFP\"", "$.rails[0].name", "schematic"],
        ["\"name\": \"VCCPSINTFP\"", "\"name\": \"VCCINTLP\"", "~$.rails[1].name", "another rail is named"],
        ["\"monitor\": \"ina226\"", "\"monitor\": \"ina3221\"", "$.rails[0].monitor", "\"ina219\""],
        ["\"monitor\": \"ina226\"", "\"monitor\": \"xadc\"", "$.rails[0].inTotal", "measures voltages"],
        ["\"monitor\": \"ina226\"", "\"monitor\": \"ina260\"", "$.rails[0].maximumMilliamperes", "15000"],
        ["\"monitor\": \"ina226\"", "\"monitor\": \"max15301\"", "$.rails[0]", "\"output\" is missing"],
        ["\"bus\": 0", "\"bus\": -1", "$.rails[0].bus", "found -1"],
        ["\"address\": \"0x75\"", "\"address\": \"0x78\"", "$.rails[0].path[0].address", "7-bit"],
        ["\"multiplexer\": \"pca9544\"", "\"multiplexer\": \"pca9999\"", "$.rails[0].path[0].multiplexer", "\"pca9544\""],
        ["\"channel\": 0", "\"channel\": 4", "$.rails[0].path[0].channel", "0..3"],
        ["\"address\": \"0x40\"", "\"address\": \"0x07\"", "$.rails[0].address", "\"0x08\""],
        ["\"address\": \"0x40\"", "\"address\": \"0x75\"", "$.rails[0].address", "multiplexer on the way"],
        ["\"address\": \"0x41\"", "\"address\": \"0x40\"", "$.rails[1]", "another rail is measured at i2c-0/0x75:0/0x40"],
        ["\"shuntMicroohms\": 5000", "\"shuntMicroohms\": 50000", "$.rails[0].maximumMilliamperes", "800.0 mV; the part measures up to 81.92"],
        ["\"shuntMicroohms\": 5000,", "", "$.rails[0]", "\"shuntMicroohms\" is missing"],
        ["\"shuntMicroohms\": 5000", "\"shuntMicroohms\": 0", "$.rails[0].shuntMicroohms", "found 0"],
        ["\"maximumMilliamperes\": 16000", "\"maximumMilliamperes\": 0", "$.rails[0].maximumMilliamperes", "found 0"],
        ["\"inTotal\": true", "\"inTotal\": \"yes\"", "$.rails[0].inTotal", "true or false"],
        ["\"inTotal\": true", "\"inTotal\": true, \"model\": { \"volts\": 1 }", "$.rails[0].model", "virtual board"],
        ["\"output\": 0", "\"output\": 1", "$.rails[18].output", "0..0"],
    ];

    // Goal: every mistake is refused with file, line and reason, in one line. Method: the table above; the line must be
    // that of the mistake wherever the mistake is where it is found.
    [TestMethod]
    [DynamicData(nameof(Mutations))]
    public void EveryMistakeIsRefusedWhereItIs(string written, string replacement, string path, string words)
    {
        string good = File.ReadAllText(Zcu102);
        int at = good.IndexOf(written, StringComparison.Ordinal);
        Assert.IsGreaterThanOrEqualTo(0, at, $"the shipped file no longer has {written}");
        string bad = good.Remove(at, written.Length).Insert(at, replacement);
        var refusal = Assert.ThrowsExactly<BoardFileException>(
            () => BoardDescription.Parse("zcu102/board.json", Encoding.UTF8.GetBytes(bad)));
        Assert.Contains(words, refusal.Message);
        Assert.StartsWith($"zcu102/board.json({refusal.Line}): ", refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
        if (path != "*")
        {
            Assert.AreEqual(path.TrimStart('~'), refusal.Path, refusal.Message);
        }
        // The mistake is where it is found when the value at fault is the one that was written.
        string lastName = Regex.Match(path, @"(\w+)(\[\d+\])?$").Groups[1].Value;
        if (path == "*" || (path[0] != '~' && replacement.Contains($"\"{lastName}\"")))
        {
            Assert.AreEqual(good[..at].Count(c => c == '\n') + 1, refusal.Line, refusal.Message);
        }
    }

    // Goal: that there are a hundred. Method: count.
    [TestMethod]
    public void ThereAreAHundredMutations() => Assert.IsGreaterThanOrEqualTo(100, Mutations.Count());
}
