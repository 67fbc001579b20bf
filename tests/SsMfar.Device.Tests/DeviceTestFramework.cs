using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("SsMfar.Tests.DeviceTestFramework", "SsMfar.Device.Tests")]

namespace SsMfar.Tests;

/// <summary>
/// The framework that keeps tensors, which says before the first test which devices are there: an absent one is not passed over in
/// silence.
/// </summary>
public sealed class DeviceTestFramework : TensorKeepingFramework
{
    /// <param name="messages">Where diagnostic messages go.</param>
    public DeviceTestFramework(IMessageSink messages)
        : base(messages)
    {
    }

    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName)
    {
        DiagnosticMessageSink.OnMessage(new DiagnosticMessage(PresentDevices.Report));
        return base.CreateExecutor(assemblyName);
    }
}
