namespace SsMfar.Tests.Packaging;

/// <summary>The kit for machines with a GPU (eng/cuda), packed and run on the CPU in a root folder of its own.</summary>
public sealed class CudaKitTests(CudaKitTests.Kit kit) : IClassFixture<CudaKitTests.Kit>
{
    private const long Limit = 60 << 20;

    [RequiresTool("bash", "tar", "xz")]
    public async Task The_packed_files_alone_find_libtorch_pass_the_device_suite_and_train()
    {
        ChildProcess.Outcome outcome = await kit.Check();

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Should().MatchRegex(@"symbols of the bridge: \d{4}; .*; 0 missing")
            .And.Contain("devices: cpu; CUDA: none present")
            .And.MatchRegex(@"\n[2-9]\d\d passed, 0 failed\n")
            .And.MatchRegex(
                @"\| libtorch \| done \|.*\n\| kernels \| fused \|.*\n\| suite \| done: \d+ passed, 0 failed \|.*\n\| train \| done \|")
            .And.MatchRegex(@"\| benchmarks \| not run: no PyTorch.*\n\| memory \| done \|");
        outcome.Output.Split('\n').Where(line => line.StartsWith("| recommended |", StringComparison.Ordinal)).Should()
            .HaveCount(8, "each variant trained");
    }

    [RequiresTool("bash", "tar", "xz")]
    public async Task A_step_that_fails_ends_the_run_with_a_table_of_what_was_done()
    {
        ChildProcess.Outcome outcome = await kit.Check("--filter", "no test is called so", "--steps", "suite memory");

        outcome.ExitCode.Should().Be(1, outcome.Everything);
        outcome.Error.Should().Contain("Step suite failed with exit code 1");
        outcome.Output.Should().MatchRegex(@"\| suite \| FAILED \(exit code 1\): 0 passed, 0 failed \|.*\n\| memory \| not run \|");
    }

    [RequiresTool("bash", "tar", "xz")]
    public async Task What_cannot_begin_says_why()
    {
        string script = Path.Combine(Repository.Root, "eng", "cuda", "run.sh");
        foreach ((string[] arguments, string message) in new (string[], string)[]
        {
            (["--python", "no-such-python"], "There is no 'no-such-python' here to find PyTorch with*--libtorch*"),
            (["--libtorch", kit.Folder], $"There is no libtorch_cpu.so in '{kit.Folder}'*"),
            (["--device"], "--device needs a value*"),
            (["--steps", "suite everything"], "--steps: there is no step 'everything'*suite, train, benchmarks and memory*"),
            (["--everything"], "*'--everything' is none of these*"),
        })
        {
            ChildProcess.Outcome outcome =
                await ChildProcess.RunAsync("bash", [script, "--out", Path.Combine(kit.Folder, "results"), .. arguments]);
            outcome.ExitCode.Should().Be(2, outcome.Everything);
            outcome.Error.Should().Match(message);
        }
    }

    [RequiresTool("bash", "tar", "xz")]
    public void The_archive_is_small_enough_to_be_carried() => new FileInfo(kit.Archive).Length.Should().BeInRange(20 << 20, Limit);

    /// <summary>The archive, made once.</summary>
    public sealed class Kit : IAsyncLifetime
    {
        // The device suite, packed and on a machine that does other things as well.
        private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(20);
        private static readonly string Scripts = Path.Combine(Repository.Root, "eng", "cuda");

        internal string Folder { get; } = Directory.CreateTempSubdirectory("ssmfar-kit-").FullName;

        internal string Archive => Path.Combine(Folder, "kit.tar.xz");

        public async Task InitializeAsync()
        {
            // A fixture is made even where every test of its class is left out.
            if (Tools.Reason("bash", "tar", "xz") is not null)
            {
                return;
            }

            ChildProcess.Outcome outcome =
                await ChildProcess.RunAsync("bash", [Path.Combine(Scripts, "pack.sh"), "--no-build", Archive], Environment(), TimeLimit);
            outcome.ExitCode.Should().Be(0, outcome.Everything);
        }

        public Task DisposeAsync()
        {
            Directory.Delete(Folder, recursive: true);
            return Task.CompletedTask;
        }

        internal Task<ChildProcess.Outcome> Check(params string[] options) =>
            ChildProcess.RunAsync("bash", [Path.Combine(Scripts, "check.sh"), "--pack", Archive, .. options], Environment(), TimeLimit);

        // The scripts look for dotnet on the path, and for libtorch where the probe was restored to.
        private static Dictionary<string, string?> Environment() => new()
        {
            ["PATH"] = $"{Path.GetDirectoryName(ChildProcess.Dotnet)}:{System.Environment.GetEnvironmentVariable("PATH")}",
            ["NUGET_PACKAGES"] = RuntimeProbe.PackagesFolder(),
            ["OUT"] = null,
        };
    }
}
