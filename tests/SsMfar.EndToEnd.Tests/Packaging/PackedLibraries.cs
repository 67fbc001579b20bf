using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;

namespace SsMfar.Tests.Packaging;

/// <summary>The libraries as they were built, packed once for all the tests under a version that nothing else has.</summary>
public sealed class PackedLibraries : IAsyncLifetime
{
    internal static readonly string[] Names =
        ["SsMfar.Affect", "SsMfar.Core", "SsMfar.Onnx", "SsMfar.Faces", "SsMfar.Video", "SsMfar.Pretrained", "SsMfar.Reports",
            "SsMfar.Distributed"];

    private static readonly string Configuration =
        typeof(PackedLibraries).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    public string Scratch { get; } = Directory.CreateTempSubdirectory("ssmfar-packages-").FullName;

    public string Version { get; } = $"0.1.0-test.x{Guid.NewGuid():N}";

    /// <summary>The folder with the packages, as a package source.</summary>
    internal string Feed => Path.Combine(Scratch, "feed");

    public async Task InitializeAsync()
    {
        foreach (string name in Names)
        {
            await PackAsync(name, Feed);
        }
    }

    public Task DisposeAsync()
    {
        Directory.Delete(Scratch, recursive: true);
        return Task.CompletedTask;
    }

    internal async Task PackAsync(string name, string folder)
    {
        // Everything that is written lands in the scratch folder: the tree may be in use.
        string[] arguments =
        [
            "pack", Path.Combine(Repository.Root, "src", name), "-c", Configuration, "--no-build", "-o", folder, $"-p:Version={Version}",
            $"-p:NuspecOutputPath={Path.Combine(Scratch, "nuspec")}/", "-nodeReuse:false",
        ];
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(ChildProcess.Dotnet, arguments);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
    }

    internal string PathOf(string name) => Path.Combine(Feed, $"{name}.{Version}.nupkg");

    internal ZipArchive Open(string name) => ZipFile.OpenRead(PathOf(name));

    internal XElement Metadata(string name)
    {
        using ZipArchive package = Open(name);
        using Stream stream = package.GetEntry($"{name}.nuspec")!.Open();
        XElement root = XDocument.Load(stream).Root!;
        foreach (XElement element in root.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName;
        }

        return root.Element("metadata")!;
    }

    /// <summary>The version that the whole repository uses of a package.</summary>
    internal static string CentralVersion(string package) =>
        XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Single(element => element.Attribute("Include")!.Value == package).Attribute("Version")!.Value;
}
