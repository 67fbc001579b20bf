using System.Reflection;
using SsMfar.Tests.Onnx;

namespace SsMfar.Tests.WebApi;

/// <summary>The campaign of hostile clients (the benchmark <c>hostile-service</c>), in short.</summary>
public sealed class HostileServiceTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    private static readonly string Program = Path.Combine(
        Repository.Root, "tests", "SsMfar.Core.Benchmarks", "bin",
        typeof(HostileServiceTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration,
        "net10.0", "SsMfar.Core.Benchmarks.dll");

    [Fact]
    public async Task The_web_sample_lives_and_a_good_client_is_served_among_hostile_ones()
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            ChildProcess.Dotnet, [Program, "hostile-service", "--seconds", "0.5", "--connections", "200", "--model", model.Onnx]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().Contain("| all of these |").And.Contain("the server held, and all places came back");
    }
}
