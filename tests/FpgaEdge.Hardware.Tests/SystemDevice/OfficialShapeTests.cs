extern alias official;

using System.Device.Gpio;
using System.Device.Gpio.Drivers;
using System.Device.I2c;
using System.Reflection;

namespace FpgaEdge.Hardware.Tests;

/// <summary>Our types have the names and members of the official package's, so that one can take the other's place.</summary>
[TestClass]
public sealed class OfficialShapeTests
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance
        | BindingFlags.DeclaredOnly;

    // Goal: whatever code can use of ours, it can use of the package's. Method: every public and protected member of
    // ours is there with the same name, parameters, result and kind.
    [TestMethod]
    [DataRow(typeof(I2cBus), typeof(official::System.Device.I2c.I2cBus))]
    [DataRow(typeof(I2cDevice), typeof(official::System.Device.I2c.I2cDevice))]
    [DataRow(typeof(I2cConnectionSettings), typeof(official::System.Device.I2c.I2cConnectionSettings))]
    [DataRow(typeof(GpioController), typeof(official::System.Device.Gpio.GpioController))]
    [DataRow(typeof(GpioPin), typeof(official::System.Device.Gpio.GpioPin))]
    [DataRow(typeof(GpioDriver), typeof(official::System.Device.Gpio.GpioDriver))]
    [DataRow(typeof(LibGpiodDriver), typeof(official::System.Device.Gpio.Drivers.LibGpiodDriver))]
    [DataRow(typeof(PinMode), typeof(official::System.Device.Gpio.PinMode))]
    [DataRow(typeof(PinEventTypes), typeof(official::System.Device.Gpio.PinEventTypes))]
    [DataRow(typeof(PinValue), typeof(official::System.Device.Gpio.PinValue))]
    [DataRow(typeof(WaitForEventResult), typeof(official::System.Device.Gpio.WaitForEventResult))]
    public void EveryMemberIsThePackages(Type ours, Type theirs)
    {
        Assert.AreEqual(theirs.FullName, ours.FullName);
        Assert.AreEqual(theirs.IsSealed, ours.IsSealed);
        Assert.AreEqual(theirs.IsAbstract, ours.IsAbstract);
        HashSet<string> known = [.. Members(theirs)];
        string[] unknown = [.. Members(ours).Where(member => !known.Contains(member))];
        Assert.AreEqual("", string.Join('\n', unknown));
        Assert.AreEqual(theirs.IsEnum, ours.IsEnum);
        if (ours.IsEnum)
        {
            CollectionAssert.AreEqual(Values(theirs), Values(ours));
        }
    }

    private static string[] Values(Type type) => [.. Enum.GetNames(type).Select(name => $"{name}={(int)Enum.Parse(type, name)}")];

    /// <summary>Signatures, without the attributes that only say how a member is stored.</summary>
    private static IEnumerable<string> Members(Type type) => type.GetMembers(All).Select(Signature).OfType<string>();

    private static string? Signature(MemberInfo member) => member switch
    {
        MethodBase method when method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly =>
            $"{Kind(method)} {(method as MethodInfo)?.ReturnType.FullName} {method.Name}" +
            $"({string.Join(", ", method.GetParameters().Select(parameter => $"{parameter.ParameterType.FullName} {parameter.Name}"))})",
        FieldInfo { IsPublic: true } field => $"field {field.FieldType.FullName} {field.Name}",
        _ => null,
    };

    private static string Kind(MethodBase method) =>
        method.IsStatic ? "static" : method.IsAbstract ? "abstract" : method.IsVirtual && !method.IsFinal ? "virtual" : "plain";
}
