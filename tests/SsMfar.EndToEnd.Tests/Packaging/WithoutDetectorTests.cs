using System.Reflection;
using SsMfar.Tests.ConsoleApp;

namespace SsMfar.Tests.Packaging;

/// <summary>
/// <c>SsMfar.Faces</c> where npm is not on the path: it is built, applications on it say what is missing, and it cannot be packed.
/// </summary>
public sealed class WithoutDetectorTests : IDisposable
{
    private const string Library = "SsMfar.Faces.dll";

    private static readonly string Configuration =
        typeof(WithoutDetectorTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [UnixFact]
    public async Task The_library_is_built_without_one_and_not_packed_and_the_console_says_what_to_do()
    {
        string artifacts = _folder.File("artifacts"), packages = _folder.File("packages");

        // Packing builds first, so that one run shows both.
        ChildProcess.Outcome packed = await ChildProcess.RunAsync(
            ChildProcess.Dotnet,
            [
                "pack", Path.Combine(Repository.Root, "src", "SsMfar.Faces"), "-c", Configuration, "-o", packages, "--artifacts-path",
                artifacts, $"-p:FaceDetectorFolder={_folder.File("detector")}/", "-p:RunAnalyzers=false", "-nodeReuse:false",
                "-p:UseSharedCompilation=false", "-tl:off",
            ],
            new Dictionary<string, string?> { ["PATH"] = PathWithoutNpm() });

        packed.ExitCode.Should().Be(1, packed.Everything);
        packed.Output.Should().ContainAll(
            "SsMfar.Faces is built without a face detector: npm is not on the path", "error SSMFAR1", "Put npm on the path");
        packed.Output.Split('\n').Where(line => line.Contains(": error ", StringComparison.Ordinal)).Should()
            .OnlyContain(line => line.Contains("SSMFAR1", StringComparison.Ordinal), "all else goes through");
        (Directory.Exists(packages) ? Directory.GetFiles(packages) : []).Should().BeEmpty();
        string built = Directory.GetFiles(artifacts, Library, SearchOption.AllDirectories).First(
            path => path.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

        ChildProcess.Outcome faces = await ChildProcess.RunAsync(
            ChildProcess.Dotnet, [ConsoleOn(built), "faces", "--images", _folder.File("none"), "--out", _folder.File("faces.csv")]);

        faces.ExitCode.Should().Be(2, faces.Everything);
        faces.Output.Should().BeEmpty();
        faces.Error.TrimEnd().Should().NotContain("\n")
            .And.ContainAll("no face detector", "npm was not on the path", "--detector FILE", "build again");
    }

    // The console as it was built, but for this library; without the native libraries, which it needs for nothing here.
    private string ConsoleOn(string library)
    {
        string copy = _folder.File("console");
        Directory.CreateDirectory(copy);
        foreach (string path in Directory.EnumerateFiles(Path.GetDirectoryName(ConsoleProgram.Path)!)
            .Where(path => Path.GetExtension(path) is ".dll" or ".json"))
        {
            File.Copy(path, Path.Combine(copy, Path.GetFileName(path)));
        }

        File.Copy(library, Path.Combine(copy, Library), overwrite: true);
        return Path.Combine(copy, Path.GetFileName(ConsoleProgram.Path));
    }

    // Of the programs that builds run: a folder with those alone.
    private string PathWithoutNpm()
    {
        string programs = _folder.File("programs");
        Directory.CreateDirectory(programs);
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        foreach (string program in (string[])["sh", "git", "tar", "rm", "chmod", "uname", "which"])
        {
            if (folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists) is { } path)
            {
                File.CreateSymbolicLink(Path.Combine(programs, program), path);
            }
        }

        return programs;
    }
}
