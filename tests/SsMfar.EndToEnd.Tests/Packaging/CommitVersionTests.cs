using System.Globalization;
using System.Text.RegularExpressions;

namespace SsMfar.Tests.Packaging;

/// <summary>The version that a package has of its commit: eng/Version.targets, used by a project in repositories made for it.</summary>
public sealed partial class CommitVersionTests : IDisposable
{
    // Neither the settings of whoever runs the tests nor a repository that a hook of git runs them in.
    private static readonly Dictionary<string, string?> Alone = new()
    {
        ["GIT_CONFIG_GLOBAL"] = OperatingSystem.IsWindows() ? "NUL" : "/dev/null",
        ["GIT_DIR"] = null,
        ["GIT_WORK_TREE"] = null,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        // Git's objects are read-only, which Windows minds.
        foreach (string file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
        {
            File.SetAttributes(file, FileAttributes.Normal);
        }

        _folder.Dispose();
    }

    [RequiresTool("git")]
    public async Task It_differs_from_commit_to_commit_and_is_the_same_in_a_shallow_clone_without_tags()
    {
        string origin = Project("origin");
        await Git(origin, "init", "--quiet");
        await Commit(origin, "2026-11-27T23:22:21+02:00");
        string first = await Version(origin);
        await Commit(origin, "2026-11-28T10:00:00Z");
        await Git(origin, "tag", "v7.0.0");
        string second = await Version(origin);
        await Git(_folder.Path, "clone", "--quiet", "--depth", "1", "--no-tags", new Uri(origin).AbsoluteUri, "shallow");

        first.Should().MatchRegex(@"^0\.1\.0-dev\.20261127t212221\.g[0-9a-f]{10}$", "the time is UTC");
        second.Should().MatchRegex(@"^0\.1\.0-dev\.20261128t100000\.g[0-9a-f]{10}$").And.NotBe(first);
        string.CompareOrdinal(first, second).Should().BeNegative("a later commit is a later version");
        (await Version(_folder.File("shallow"))).Should().Be(second);
    }

    [Fact]
    public async Task Without_a_repository_there_is_one_all_the_same() => (await Version(Project("archive"))).Should().Be("0.1.0-dev");

    [RequiresTool("git")]
    public async Task A_copy_inside_another_repository_has_not_that_ones_commit()
    {
        await Git(_folder.Path, "init", "--quiet");
        await Commit(_folder.Path, "2026-11-28T10:00:00Z");

        (await Version(Project("vendored"))).Should().Be("0.1.0-dev");
    }

    [RequiresTool("git")]
    public async Task A_repository_without_a_commit_has_a_version_too()
    {
        string empty = Project("empty");
        await Git(empty, "init", "--quiet");

        (await Version(empty)).Should().Be("0.1.0-dev");
    }

    [Fact]
    public async Task A_release_and_a_given_version_win()
    {
        string project = Project("release");

        (await Version(project, "-p:Release=true")).Should().Be("0.1.0");
        (await Version(project, "-p:Version=3.2.1")).Should().Be("3.2.1");
    }

    [Fact]
    public void The_libraries_have_it_and_their_models_say_so() =>
        SsMfar.Models.ModelFile.LibraryVersion().Should().MatchRegex(DevVersion());

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-dev(\.\d{8}t\d{6}\.g[0-9a-f]{10})?)?(\+[0-9a-f]+)?$")]
    private static partial Regex DevVersion();

    private static Task Git(string folder, params string[] arguments) => Git(folder, Alone, arguments);

    private static async Task Git(string folder, Dictionary<string, string?> environment, string[] arguments)
    {
        string[] identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"];
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync("git", ["-C", folder, .. identity, .. arguments], environment);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
    }

    private static async Task Commit(string folder, string time)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "file"), time);
        await Git(folder, "add", "--all");
        var environment = new Dictionary<string, string?>(Alone) { ["GIT_COMMITTER_DATE"] = time };
        await Git(folder, environment, ["commit", "--quiet", "-m", time]);
    }

    // What pack asks a project for, and no warning on the way. Nothing is restored or built.
    private static async Task<string> Version(string folder, params string[] properties)
    {
        string[] arguments =
        [
            "msbuild", Path.Combine(folder, "Library.csproj"), "-t:SetCommitVersion", "-getProperty:PackageVersion", "-warnaserror",
            "-nodeReuse:false", .. properties,
        ];
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(ChildProcess.Dotnet, arguments, Alone);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        return outcome.Output.Trim();
    }

    private string Project(string name)
    {
        string folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        File.WriteAllText(Path.Combine(folder, "Library.csproj"), string.Create(CultureInfo.InvariantCulture, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <VersionPrefix>0.1.0</VersionPrefix>
                <RepoRoot>$(MSBuildThisFileDirectory)</RepoRoot>
              </PropertyGroup>
              <Import Project="{Path.Combine(Repository.Root, "eng", "Version.targets")}" />
            </Project>
            """));
        return folder;
    }
}
