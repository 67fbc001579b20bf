using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace SsMfar.Tests.Packaging;

/// <summary>Scripts of <c>eng</c> that end early leave what was there.</summary>
public sealed class EngineeringScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("bash")]
    public async Task Lists_of_the_public_API_come_back_where_a_build_fails()
    {
        string[] libraries = [.. Directory.GetDirectories(Path.Combine(Repository.Root, "src"))
            .Where(folder => File.Exists(Path.Combine(folder, "PublicAPI.Unshipped.txt"))).Select(folder => Path.GetFileName(folder))];
        foreach (string library in libraries)
        {
            Write($"src/{library}/PublicAPI.Unshipped.txt", $"#nullable enable\n{library}.Member\n");
        }

        string script = Write("eng/update-public-api.sh", Script("update-public-api.sh"));
        string dotnet = Write("bin/dotnet", "#!/bin/sh\necho 'error CS1002: ; expected'\nexit 1\n");
        (await ChildProcess.RunAsync("chmod", ["+x", dotnet])).ExitCode.Should().Be(0);

        ChildProcess.Outcome failed = await ChildProcess.RunAsync("bash", [script], new Dictionary<string, string?>
        {
            ["PATH"] = $"{Path.GetDirectoryName(dotnet)}:{Environment.GetEnvironmentVariable("PATH")}",
        });

        failed.ExitCode.Should().Be(1, failed.Everything);
        failed.Error.Should().Contain("CS1002");
        foreach (string library in libraries)
        {
            File.ReadAllText(_folder.File($"src/{library}/PublicAPI.Unshipped.txt")).Should().Be($"#nullable enable\n{library}.Member\n");
        }
    }

    [RequiresTool("bash")]
    public async Task Mutation_tests_know_their_parts()
    {
        ChildProcess.Outcome refused = await ChildProcess.RunAsync(
            "bash", [Path.Combine(Repository.Root, "eng", "mutate.sh"), "losses", "taste"]);

        refused.ExitCode.Should().Be(2, refused.Everything);
        refused.Error.Trim().Should().StartWith("There is no part 'taste'. The parts: losses").And.NotContain("\n");
    }

    [Fact]
    public void Every_metric_is_in_one_part_of_the_mutation_tests()
    {
        string[] globs = [.. new[] { "scores", "audits" }.SelectMany(part =>
            Regex.Match(Script("mutate.sh"), $@"^ +{part}\) echo ""(?:affect|audits) ([^""]+)""", RegexOptions.Multiline)
                .Groups[1].Value.Split(' '))];
        globs.Should().HaveCountGreaterThan(20);

        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "SsMfar.Affect", "Metrics"), "*.cs"))
        {
            globs.Where(glob => FileSystemName.MatchesSimpleExpression(glob, $"Metrics/{Path.GetFileName(file)}"))
                .Should().ContainSingle(Path.GetFileName(file));
        }
    }

    private static string Script(string name) => File.ReadAllText(Path.Combine(Repository.Root, "eng", name));

    private string Write(string name, string text)
    {
        string file = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
