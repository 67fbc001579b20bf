using Microsoft.Extensions.Logging;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Runtime;

public sealed class RuntimeLogTests
{
    private const string Category = "SsMfar.Runtime.TorchRuntime";

    [Theory]
    [InlineData(nameof(TorchBridge.AdaptedInMemory), "in memory")]
    [InlineData(nameof(TorchBridge.AdaptedFile), "in a private file")]
    public void A_libtorch_of_another_version_an_adapted_bridge_and_retained_memory_are_told(string bridge, string place)
    {
        LogBook log = new();
        TorchRuntimeStatus status = new(
            "/opt/torch/lib", usesExternalLibTorch: true, Enum.Parse<TorchBridge>(bridge), cudaLibrariesLoaded: true)
        {
            LibTorchVersion = "2.9.1",
        };

        RuntimeLog.Report(log.CreateLogger(Category), status, retainsFreedMemory: true);

        log.Entries.Select(entry => (entry.Id, entry.Level)).Should().Equal(
            (101, LogLevel.Information), (102, LogLevel.Warning), (103, LogLevel.Information), (104, LogLevel.Information));
        log.Entries[0].Text.Should().Be("libtorch in use: /opt/torch/lib (named, with CUDA)");
        log.Entries[1].Text.Should().ContainAll("2.9.1", "2.10.0", "results may be wrong");
        log.Entries[2].Text.Should().Contain($"adapted {place} to this host's C++ runtime");
        log.Entries[3].Text.Should().ContainAll("mallopt", "TorchRuntimeOptions.RetainFreedMemory");
    }

    [Fact]
    public void The_ordinary_case_is_one_event()
    {
        LogBook log = new();

        RuntimeLog.Report(log.CreateLogger(Category), new(null, false, TorchBridge.Original, false), retainsFreedMemory: false);

        log.Entries.Should().ContainSingle().Which.Should().Be(new LogBook.Entry(
            Category, LogLevel.Information, 101, "libtorch in use: where TorchSharp found it (the application's own, without CUDA)"));
    }

    [Theory]
    [InlineData(nameof(OneDnnPlan.UsualCaches), 106, LogLevel.Information, "the usual ones")]
    [InlineData(nameof(OneDnnPlan.NotUsed), 107, LogLevel.Warning, "without oneDNN")]
    [InlineData(nameof(OneDnnPlan.NoCaches), 108, LogLevel.Warning, "ONEDNN_MAX_CPU_ISA=SSE41")]
    public void What_is_done_about_a_processor_that_hides_its_caches_is_told(string plan, int id, LogLevel level, string text)
    {
        LogBook log = new();

        RuntimeLog.Report(
            log.CreateLogger(Category),
            new(null, false, TorchBridge.Original, false) { OneDnn = Enum.Parse<OneDnnPlan>(plan) },
            retainsFreedMemory: false);

        LogBook.Entry entry = log.Of(id).Should().ContainSingle().Subject;
        entry.Level.Should().Be(level);
        entry.Text.Should().ContainAll("hides its caches", text);
    }

    [Fact]
    public void Initialize_tells_each_logger_factory_once_what_the_process_runs_on()
    {
        LogBook first = new(), second = new();

        TorchRuntime.Initialize(new TorchRuntimeOptions { LoggerFactory = first });
        TorchRuntime.Initialize(new TorchRuntimeOptions { LoggerFactory = first });
        TorchRuntime.Initialize(new TorchRuntimeOptions { LoggerFactory = second });

        foreach (LogBook log in new[] { first, second })
        {
            LogBook.Entry entry = log.Of(101).Should().ContainSingle().Subject;
            entry.Category.Should().Be(Category);
            entry.Text.Should().Contain(TorchRuntime.Status!.LibTorchDirectory ?? "where TorchSharp found it");
            log.Of(103).Should().HaveCount(TorchRuntime.Status.BridgeWasPatched ? 1 : 0);
        }
    }

    [Fact]
    public void A_fall_back_to_the_CPU_is_told_with_its_reason_and_a_warning_where_CUDA_was_shipped()
    {
        LogBook log = new();

        RuntimeLog.CpuInsteadOfCuda(log, cudaWasShipped: true, "no device");
        RuntimeLog.CpuInsteadOfCuda(log, cudaWasShipped: false, "no CUDA");

        log.Entries.Should().Equal(
            new LogBook.Entry(Category, LogLevel.Warning, 105, "Running on the CPU: no device"),
            new LogBook.Entry(Category, LogLevel.Information, 105, "Running on the CPU: no CUDA"));
    }

    [Fact]
    public void Only_the_automatic_choice_falls_back()
    {
        LogBook automatic = new(), asked = new();

        torch.Device device = ComputeDevice.Auto.ResolveAndLog(automatic);
        ComputeDevice.Cpu.ResolveAndLog(asked);

        asked.Of(105).Should().BeEmpty();
        automatic.Of(105).Should().HaveCount(device.type == DeviceType.CPU ? 1 : 0);
        automatic.Of(105).Should().AllSatisfy(entry => entry.Text.Should().ContainAny("built without CUDA", "no usable device"));
    }
}
