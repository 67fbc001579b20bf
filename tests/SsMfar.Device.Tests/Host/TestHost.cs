using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace SsMfar.Tests.Host;

/// <summary>
/// Runs xunit tests of an assembly in this process, from what xunit's execution library offers: the runners that come as packages need an
/// SDK, and the package for custom runners is not served everywhere.
/// </summary>
internal static class TestHost
{
    /// <summary>Runs tests, one collection after another, and reports failures and the counts.</summary>
    /// <param name="assembly">Where the tests are.</param>
    /// <param name="output">What is reported.</param>
    /// <param name="classes">The classes to run, public or not; all public ones of the assembly when null.</param>
    /// <param name="filter">Only tests whose display name contains this; all when null.</param>
    /// <returns>0 when at least one test ran and all passed, else 1.</returns>
    public static int Run(Assembly assembly, TextWriter output, IReadOnlyList<Type>? classes = null, string? filter = null)
    {
        // xunit's discovery and execution are async void: a test around them would wait for them in its context, and end in another thread.
        SynchronizationContext? around = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return RunAlone(assembly, output, classes, filter);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(around);
        }
    }

    private static int RunAlone(Assembly assembly, TextWriter output, IReadOnlyList<Type>? classes, string? filter)
    {
        using var sink = new TestHostSink(output);
        using var framework = new DeviceTestFramework(sink);
        using ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly));
        var options = new TestHostOptions();
        if (classes is null)
        {
            discoverer.Find(includeSourceInformation: false, sink, options);
            sink.WaitForDiscovery();
        }

        foreach (Type type in classes ?? [])
        {
            discoverer.Find(type.FullName!, includeSourceInformation: false, sink, options);
            sink.WaitForDiscovery();
        }

        using ITestFrameworkExecutor executor = framework.GetExecutor(assembly.GetName());
        executor.RunTests(
            [.. sink.Found.Where(test => filter is null || test.DisplayName.Contains(filter, StringComparison.Ordinal))], sink, options);
        return sink.WaitForResult();
    }
}
