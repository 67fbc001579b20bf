namespace SsMfar.Tests.Runtime;

/// <summary>How long threads look for work before they sleep, as libgomp itself says when it is loaded in a process of its own.</summary>
public sealed class ThreadSpinningTests
{
    [UnixFact]
    public async Task Threads_sleep_soon_unless_the_user_says_otherwise()
    {
        (await SpinsAsync([])).Should().Be("1000");
        (await SpinsAsync([], ("GOMP_SPINCOUNT", "70000"))).Should().Be("70000");
        (await SpinsAsync([], ("OMP_WAIT_POLICY", "passive"))).Should().Be("0", "libgomp's own for that policy");
        (await SpinsAsync(["--spins", "20000"], ("GOMP_SPINCOUNT", "70000"))).Should().Be("20000", "the application asked for it");
    }

    [UnixFact]
    public async Task A_number_below_0_is_refused()
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(ChildProcess.Dotnet, [RuntimeProbe.BuiltProbe, "--spins", "-1"]);

        outcome.ExitCode.Should().Be(3, outcome.Everything);
        outcome.Error.Should().Contain("-1 times").And.Contain("0 or more");
    }

    private static async Task<string> SpinsAsync(string[] arguments, params (string Name, string Value)[] variables)
    {
        Dictionary<string, string?> environment = new()
        {
            ["OMP_DISPLAY_ENV"] = "verbose",
            ["GOMP_SPINCOUNT"] = null,
            ["OMP_WAIT_POLICY"] = null,
        };
        foreach ((string name, string value) in variables)
        {
            environment[name] = value;
        }

        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            ChildProcess.Dotnet, [RuntimeProbe.BuiltProbe, .. arguments], environment);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        string line = outcome.Error.Split('\n').Last(line => line.Contains("GOMP_SPINCOUNT", StringComparison.Ordinal));
        return line.Split('\'')[1];
    }
}
