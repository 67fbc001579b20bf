using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;

namespace SsMfar.Tests;

/// <summary>The probe program as it was built, and as it is published: each way once for all the tests.</summary>
public sealed class RuntimeProbe : IAsyncLifetime
{
    private static readonly string Configuration =
        typeof(RuntimeProbe).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private static readonly string Project = Path.Combine(Repository.Root, "tests", "SsMfar.Core.Tests.RuntimeProbe");

    public string Scratch { get; } = Directory.CreateTempSubdirectory("ssmfar-probe-").FullName;

    internal static string Output => Path.Combine(Project, "bin", Configuration, "net10.0");

    internal static string BuiltProbe => Path.Combine(Output, "runtime-probe.dll");

    internal string Plain => Path.Combine(Scratch, "plain");

    internal string SingleFile => Path.Combine(Scratch, "single");

    internal string SelfExtracting => Path.Combine(Scratch, "extracting");

    public async Task InitializeAsync()
    {
        await PublishAsync(SingleFile, "-p:PublishSingleFile=true");
        await PublishAsync(SelfExtracting, "--no-build", "-p:PublishSingleFile=true", "-p:IncludeNativeLibrariesForSelfExtract=true");
        await PublishAsync(Plain, "--no-build");
    }

    public Task DisposeAsync()
    {
        Directory.Delete(Scratch, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A new folder of its own below the scratch folder.</summary>
    internal string NewFolder() => Directory.CreateDirectory(Path.Combine(Scratch, Guid.NewGuid().ToString("N"))).FullName;

    /// <summary>The packages folder the probe was restored from.</summary>
    internal static string PackagesFolder()
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Project, "obj", "project.assets.json")));
        return assets.RootElement.GetProperty("project").GetProperty("restore").GetProperty("packagesPath").GetString()!;
    }

    /// <summary>Every file below the folders with its hash, and its size and time beside it.</summary>
    internal static SortedDictionary<string, string> Snapshot(params string[] folders)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)))
        {
            using var stream = File.OpenRead(path);
            files[path] = $"{stream.Length} {File.GetLastWriteTimeUtc(path):O} {Convert.ToHexString(SHA256.HashData(stream))}";
        }

        return files;
    }

    private async Task PublishAsync(string folder, params string[] more)
    {
        // Hard links spare this half a gigabyte a way; whoever publishes without them gets the same files.
        string[] arguments =
        [
            "publish", Project, "-c", Configuration, "-r", "linux-x64", "--self-contained", "false", "-o", folder, "--artifacts-path",
            Path.Combine(Scratch, "artifacts"), "-nodeReuse:false", "-p:UseSharedCompilation=false",
            "-p:CreateHardLinksForPublishFilesIfPossible=true", .. more,
        ];
        var outcome = await ChildProcess.RunAsync(ChildProcess.Dotnet, arguments);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
    }
}
