using System.Reflection;

namespace SsMfar.Tests.Packaging;

/// <summary>
/// The project of <c>eng/mutate.sh</c> takes sources of other test projects, of which none knows it: it must go on compiling as they
/// change.
/// </summary>
[Collection(PackagingCollection.Name)]
public sealed class MutationKitTests
{
    private static readonly string Configuration =
        typeof(MutationKitTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    [Theory]
    [InlineData("core")]
    [InlineData("audits")]
    [InlineData("wiring")]
    public async Task Its_project_compiles(string run)
    {
        ChildProcess.Outcome built = await ChildProcess.RunAsync(
            ChildProcess.Dotnet,
            [
                "build", Path.Combine(Repository.Root, "eng", "mutation"), "-c", Configuration, "-p:BuildProjectReferences=false",
                "-p:RunAnalyzers=false", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-tl:off",
            ],
            new Dictionary<string, string?> { ["SSMFAR_MUTATE"] = run });

        built.ExitCode.Should().Be(0, built.Everything);
    }
}
