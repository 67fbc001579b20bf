using System.Text.RegularExpressions;

namespace SsMfar.Tests.Packaging;

/// <summary>What .ci/run makes of the results of the test projects, and which programs it looks for.</summary>
public sealed class TestSummaryTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Repository.Root, ".ci");
    private readonly TemporaryFolder _results = new();

    public void Dispose() => _results.Dispose();

    [RequiresTool("bash")]
    public async Task Counts_of_all_projects_are_added()
    {
        Write("a", passed: 10);
        Write("b", passed: 5, reasons: "This processor has no AVX-512, by which the blocks are computed.");

        ChildProcess.Outcome outcome = await SummarizeAsync(0);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        LastLine(outcome).Should().Be("15 passed, 0 failed, 1 skipped");
    }

    [RequiresTool("bash")]
    public async Task A_test_that_lacked_a_program_fails_the_run_and_is_named()
    {
        string[] reasons =
            [Tools.Reason("no-such-program")!, "Windows has no such files.", "Only Linux on x86-64 has such files and libraries."];
        Write("a", passed: 10, reasons);

        ChildProcess.Outcome outcome = await SummarizeAsync(0);

        outcome.ExitCode.Should().Be(1, outcome.Everything);
        outcome.Error.Should().Contain("Some.Test0").And.Contain("no-such-program").And.NotContainAny("Some.Test1", "Some.Test2");
        LastLine(outcome).Should().Be("10 passed, 0 failed, 3 skipped");
    }

    [RequiresTool("bash")]
    public async Task A_test_that_someone_switched_off_fails_the_run()
    {
        Write("a", passed: 10, reasons: "later");

        (await SummarizeAsync(0)).ExitCode.Should().Be(1);
    }

    [RequiresTool("bash")]
    public async Task A_run_that_broke_or_found_no_test_is_a_failure()
    {
        (await SummarizeAsync(0)).ExitCode.Should().Be(1, "no test ran");
        Write("a", passed: 10);
        ChildProcess.Outcome broken = await SummarizeAsync(134);

        broken.ExitCode.Should().Be(134);
        LastLine(broken).Should().Be("10 passed, 1 failed, 0 skipped");
    }

    [RequiresTool("bash")]
    public async Task Nothing_is_missing_where_the_tests_of_tools_run()
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync("bash", [Path.Combine(Folder, "install-tools.sh"), "--list"]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        if (Tools.Reason("bash", "tar", "xz", "clang|gcc", "python3-pil") is null)
        {
            outcome.Output.Trim().Should().NotContainAny("bash", "tar", "xz", "gcc", "python3-pil");
        }
    }

    [Fact]
    public void Programs_are_named_in_the_attributes_themselves_where_the_installer_looks_for_them()
    {
        Regex other = new($@"\[{"Requires"}Tool(Theory)?\([^""]");

        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => other.IsMatch(File.ReadAllText(file))).Should().BeEmpty();
    }

    [Fact]
    public void A_missing_program_is_named_and_one_of_two_is_enough()
    {
        Tools.Reason("no-such-program", "no-other").Should().Be("Not installed: no-such-program, no-other.");
        Tools.Reason($"no-such-program|{Path.GetFileNameWithoutExtension(ChildProcess.Dotnet)}").Should().BeNull();
    }

    private static string LastLine(ChildProcess.Outcome outcome) => outcome.Output.TrimEnd().Split('\n')[^1];

    private Task<ChildProcess.Outcome> SummarizeAsync(int status) =>
        ChildProcess.RunAsync("bash", [Path.Combine(Folder, "summarize.sh"), _results.Path, $"{status}"]);

    // As the trx logger writes it.
    private void Write(string name, int passed, params string[] reasons)
    {
        IEnumerable<string> results = reasons.Select((reason, i) => $"""
                <UnitTestResult executionId="{i}" testName="Some.Test{i}" duration="00:00:00.0010000" outcome="NotExecuted" testListId="l">
                  <Output>
                    <ErrorInfo>
                      <Message>{reason}</Message>
                    </ErrorInfo>
                  </Output>
                </UnitTestResult>
            """);
        File.WriteAllText(_results.File(name + ".trx"), $"""
            <?xml version="1.0" encoding="utf-8"?>
            <TestRun>
              <Results>
                <UnitTestResult executionId="p" testName="Some.Other" outcome="Passed" />
            {string.Join('\n', results)}
              </Results>
              <ResultSummary outcome="Completed">
                <Counters total="{passed + reasons.Length}" executed="{passed}" passed="{passed}" failed="0" error="0" notExecuted="0" />
              </ResultSummary>
            </TestRun>
            """);
    }
}
