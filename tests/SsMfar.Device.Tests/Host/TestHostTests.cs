using Xunit.Abstractions;

namespace SsMfar.Tests.Host;

/// <summary>What runs the suite where there is no SDK tells failures from successes.</summary>
public sealed class TestHostTests(ITestOutputHelper log)
{
    [Fact]
    public void Failures_are_written_with_their_cause_and_counted_and_the_devices_are_named()
    {
        (int code, string output) = Run([typeof(Samples)]);

        code.Should().Be(1);
        output.Should().EndWith($"3 passed, 2 failed{Environment.NewLine}")
            .And.Contain("FAILED SsMfar.Tests.Host.TestHostTests+Samples.Fails(number: 7)").And.Contain("seven is refused")
            .And.Contain("FAILED SsMfar.Tests.Host.TestHostTests+Samples.Throws").And.Contain("InvalidOperationException: on purpose")
            .And.Contain("SKIPPED SsMfar.Tests.Host.TestHostTests+Samples.Waits: for a reason").And.Contain("1 skipped")
            .And.Contain(PresentDevices.Report);
        PresentDevices.Report.Should().Contain(PresentDevices.Names.Count == 1 ? "CUDA: none present" : "present");
    }

    [Fact]
    public void A_filter_leaves_the_others_out()
    {
        (int code, string output) = Run([typeof(Samples)], "Passes");

        code.Should().Be(0);
        output.Should().EndWith($"1 passed, 0 failed{Environment.NewLine}");
    }

    [Fact]
    public void A_run_without_a_test_is_no_success()
    {
        (int code, string output) = Run([typeof(Samples)], "no test is called so");

        code.Should().Be(1);
        output.Should().EndWith($"0 passed, 0 failed{Environment.NewLine}");
    }

    [Fact]
    public void A_fixture_that_cannot_be_made_or_cleaned_up_is_a_failure()
    {
        (int code, string output) = Run([typeof(WithFixture)]);

        code.Should().Be(1);
        output.Should().Contain("cannot be cleaned up").And.EndWith($"1 passed, 1 failed{Environment.NewLine}");
    }

    private (int Code, string Output) Run(Type[] classes, string? filter = null)
    {
        using var output = new StringWriter();
        int code = TestHost.Run(typeof(TestHostTests).Assembly, output, classes, filter);
        log.WriteLine(output.ToString());
        return (code, output.ToString());
    }

#pragma warning disable xUnit1000, CA1822 // Not public, so that no run of the whole assembly finds them.
    private sealed class Samples
    {
        [Fact]
        public void Passes() => true.Should().BeTrue();

        [Theory]
        [InlineData(5)]
        [InlineData(6)]
        [InlineData(7)]
        public void Fails(int number) => number.Should().BeLessThan(7, "seven is refused");

        [Fact]
        public void Throws() => throw new InvalidOperationException("on purpose");

        [Fact(Skip = "for a reason")]
        public void Waits() => Assert.Fail("never");
    }

    private sealed class WithFixture(Fixture fixture) : IClassFixture<Fixture>
    {
        [Fact]
        public void Passes() => fixture.Should().NotBeNull();
    }

    private sealed class Fixture : IDisposable
    {
        public void Dispose() => throw new InvalidOperationException("cannot be cleaned up");
    }
#pragma warning restore xUnit1000, CA1822
}
