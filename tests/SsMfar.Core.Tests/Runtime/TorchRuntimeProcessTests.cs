using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SsMfar.Runtime;
using SsMfar.Tests.Inference;

namespace SsMfar.Tests.Runtime;

/// <summary>Loading in processes of their own. The ways of loading are those of Linux x64; elsewhere TorchSharp loads by itself.</summary>
public sealed class TorchRuntimeProcessTests(RuntimeProbe probe) : IClassFixture<RuntimeProbe>
{
    // A folder that exists and that nobody can write to, root included.
    private const string ReadOnlyHome = "/proc";

    private static readonly bool HostNeedsAdaptation =
        NativeLibrary.TryLoad("libstdc++.so.6", out var library) &&
        !NativeLibrary.TryGetExport(library, "_ZSt21ios_base_library_initv", out _);

    [Fact]
    public async Task Sixteen_processes_start_at_once_from_memory()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Built()));

        outcomes.Should().AllSatisfy(outcome => Loaded(outcome).Bridge.Should().Be(Expected(TorchBridge.AdaptedInMemory)));
    }

    [Fact]
    public async Task Sixteen_processes_start_at_once_from_one_new_cache_folder()
    {
        var cache = Path.Combine(probe.NewFolder(), "cache");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Built("--no-memory-file", "--cache", cache)));

        outcomes.Should().AllSatisfy(outcome => Loaded(outcome).Bridge.Should().Be(Expected(TorchBridge.AdaptedFile)));
        if (HostNeedsAdaptation)
        {
            Directory.GetFileSystemEntries(cache).Should().ContainSingle().Which.Should().EndWith("-libLibTorchSharp.so");
        }
    }

    [Theory]
    [InlineData(nameof(TorchBridge.AdaptedInMemory))]
    [InlineData(nameof(TorchBridge.AdaptedFile))]
    public async Task A_home_that_cannot_be_written_will_do(string bridge)
    {
        var temporary = probe.NewFolder();
        var environment = new Dictionary<string, string?> { ["HOME"] = ReadOnlyHome, ["XDG_CACHE_HOME"] = null, ["TMPDIR"] = temporary };

        var outcome = await BuiltIn(environment, bridge == nameof(TorchBridge.AdaptedFile) ? ["--no-memory-file"] : []);

        Loaded(outcome).Bridge.Should().Be(Expected(Enum.Parse<TorchBridge>(bridge)));
        Directory.GetDirectories(temporary, "ssmfar-*").Should().BeEmpty("a temporary copy is removed as soon as it is loaded");
    }

    [Fact]
    public async Task A_cache_folder_that_forbids_execution_will_do()
    {
        var cache = probe.NewFolder();
        string[] command = [ChildProcess.Dotnet, RuntimeProbe.BuiltProbe, "--no-memory-file", "--cache", $"{cache}/cache"];
        var script = $"mount -t tmpfs -o noexec tmpfs '{cache}' || exit 99; exec \"$@\"";

        var outcome = await ChildProcess.RunAsync(
            "sh", ["-c", "exec unshare --user --map-root-user --mount sh -c \"$0\" sh \"$@\"", script, .. command]);
        if (outcome.ExitCode is 1 or 99 or 126 or 127)
        {
            // This system lets nobody but its administrator mount; a cache that takes no file at all leads to the same next step.
            outcome = await Built("--no-memory-file", "--cache", Path.Combine(ReadOnlyHome, "cache"));
        }

        Loaded(outcome).Bridge.Should().Be(Expected(TorchBridge.AdaptedFile));
    }

    [Fact]
    public async Task The_published_program_runs() => Loaded(await Published(probe.Plain)).LibTorch.Should().Be(probe.Plain);

    [Fact]
    public async Task The_single_file_runs_with_its_natives_beside_it() =>
        Loaded(await Published(probe.SingleFile)).LibTorch.Should().Be(probe.SingleFile);

    [Fact]
    public async Task The_single_file_runs_with_its_natives_inside()
    {
        var extracted = probe.NewFolder();

        var outcome = await Published(probe.SelfExtracting, new() { ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = extracted });

        Loaded(outcome).LibTorch.Should().StartWith(extracted);
        Directory.GetFiles(probe.SelfExtracting, "*.so").Should().BeEmpty();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Another_libtorch_serves_in_place_of_the_applications_own(bool byVariable, bool nested)
    {
        var named = probe.NewFolder();
        var folder = nested ? Path.Combine(named, "torch", "lib") : named;
        CopyLibTorch(folder);

        var outcome = byVariable
            ? await BuiltIn(new() { ["SSMFAR_LIBTORCH"] = named })
            : await Built("--libtorch", named);

        var loaded = Loaded(outcome);
        loaded.External.Should().BeTrue();
        loaded.LibTorch.Should().Be(folder);
        loaded.Mapped.Should().Equal(Path.Combine(folder, "libtorch_cpu.so"));
        loaded.Version.Should().Be("2.10.0");
        Directory.Delete(named, recursive: true);
    }

    [Fact]
    public async Task A_libtorch_of_another_version_is_refused_by_name_unless_it_is_allowed()
    {
        var folder = probe.NewFolder();
        CopyLibTorch(folder);
        ClaimVersion(Path.Combine(folder, "libtorch_cpu.so"), "2.99");

        var refused = await Built("--libtorch", folder);
        refused.ExitCode.Should().Be(3, refused.Everything);
        refused.Error.Should().Match(
            $"The libtorch in {folder} is version 2.99.0*made for 2.10.0*SSMFAR_LIBTORCH_OTHER_VERSION=1*AllowOtherLibTorchVersion*");

        Loaded(await Built("--libtorch", folder, "--other-version")).Version.Should().Be("2.99.0");
        Loaded(await BuiltIn(new() { ["SSMFAR_LIBTORCH_OTHER_VERSION"] = "1" }, "--libtorch", folder)).Version.Should().Be("2.99.0");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task After_a_libtorch_that_was_refused_no_other_is_loaded_beside_it()
    {
        var folder = probe.NewFolder();
        CopyLibTorch(folder);
        ClaimVersion(Path.Combine(folder, "libtorch_cpu.so"), "2.99");

        var other = await Built("--before", folder);
        other.ExitCode.Should().Be(3, other.Everything);
        other.Error.Should().Match($"Libraries of the libtorch in {folder} are in this process*Restart the process*");

        Loaded(await Built("--before", folder, "--libtorch", folder, "--other-version")).Version.Should().Be("2.99.0");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task After_a_folder_of_which_nothing_was_loaded_another_serves()
    {
        var damaged = DamagedLibTorch();

        Loaded(await Built("--before", damaged)).External.Should().BeFalse();
    }

    [Fact]
    public async Task An_application_without_libtorch_takes_the_named_one()
    {
        var folder = probe.NewFolder();
        CopyLibTorch(folder);

        var outcome = await ChildProcess.RunAsync(ApplicationWithoutLibTorch(), ["--libtorch", folder]);

        Loaded(outcome).LibTorch.Should().Be(folder);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Without_libtorch_there_is_one_error_that_says_what_to_do()
    {
        var outcome = await ChildProcess.RunAsync(ApplicationWithoutLibTorch(), []);

        outcome.ExitCode.Should().Be(3, outcome.Everything);
        outcome.Output.Should().BeEmpty("TorchSharp, which prints, was not reached");
        outcome.Error.Should().Match("No libtorch was found.*libtorch-cpu-linux-x64*SSMFAR_LIBTORCH*searched *");
    }

    [Fact]
    public async Task A_named_folder_without_libtorch_is_one_error()
    {
        var folder = probe.NewFolder();

        var outcome = await Built("--libtorch", folder);

        outcome.ExitCode.Should().Be(3, outcome.Everything);
        outcome.Error.Should().Contain(folder).And.Contain("libtorch_cpu.so").And.Contain("SSMFAR_LIBTORCH");
    }

    [Fact]
    public async Task A_damaged_libtorch_is_one_error()
    {
        var outcome = await Built("--libtorch", DamagedLibTorch());

        outcome.ExitCode.Should().Be(3, outcome.Everything);
        outcome.Error.Should().Match("libc10.so could not be loaded.*Tried:*libc10.so: *");
    }

    [Fact]
    public async Task TorchSharp_used_too_early_is_explained()
    {
        // An empty package folder keeps TorchSharp from copying half a gigabyte into the output folder before it fails.
        var outcome = await BuiltIn(new() { ["NUGET_PACKAGES"] = probe.NewFolder() }, "--touch-first");

        if (HostNeedsAdaptation)
        {
            outcome.ExitCode.Should().Be(3, outcome.Everything);
            outcome.Error.Should().Contain("Call SsMfar.Runtime.TorchRuntime.Initialize() before the first TorchSharp call");
        }
        else
        {
            Loaded(outcome).Sum.Should().Be(12);
        }
    }

    [Theory]
    [InlineData("model")]
    [InlineData("backbone")]
    [InlineData("resnet")]
    [InlineData("efficientnet")]
    [InlineData("iresnet")]
    [InlineData("mobilefacenet")]
    [InlineData("head")]
    [InlineData("initializer")]
    [InlineData("policy")]
    [InlineData("balancing")]
    public async Task A_first_call_of_the_library_loads_libtorch_by_itself(string call)
    {
        var file = Path.Combine(probe.NewFolder(), "model.safetensors");
        PaperModel.Save(file);

        Loaded(await Built("--first", call, file));
    }

    [Fact]
    public async Task The_output_folder_and_the_packages_stay_as_they_are()
    {
        var packages = RuntimeProbe.PackagesFolder();
        string[] folders = [RuntimeProbe.Output, Path.Combine(packages, "torchsharp"), Path.Combine(packages, "libtorch-cpu-linux-x64")];
        var before = RuntimeProbe.Snapshot(folders);

        Loaded(await Built());
        Loaded(await Built("--no-memory-file", "--cache", probe.NewFolder()));

        RuntimeProbe.Snapshot(folders).Should().Equal(before);
    }

    private static TorchBridge Expected(TorchBridge adapted) => HostNeedsAdaptation ? adapted : TorchBridge.Original;

    private static Task<ChildProcess.Outcome> Built(params string[] arguments) => BuiltIn([], arguments);

    private static Task<ChildProcess.Outcome> BuiltIn(Dictionary<string, string?> environment, params string[] arguments) =>
        ChildProcess.RunAsync(ChildProcess.Dotnet, [RuntimeProbe.BuiltProbe, .. arguments], environment);

    private static Task<ChildProcess.Outcome> Published(string folder, Dictionary<string, string?>? environment = null) =>
        ChildProcess.RunAsync(Path.Combine(folder, "runtime-probe"), [], environment);

    private static Report Loaded(ChildProcess.Outcome outcome)
    {
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Error.Should().BeEmpty();
        var report = JsonSerializer.Deserialize<Report>(outcome.Output, JsonSerializerOptions.Web)!;
        report.Sum.Should().Be(12, "a 2x3 matrix of ones times its transpose sums to that");
        report.Mapped.Should().ContainSingle();
        return report;
    }

    // The published program by links, but for libtorch.
    private string ApplicationWithoutLibTorch()
    {
        var folder = probe.NewFolder();
        foreach (var path in Directory.GetFiles(probe.Plain).Where(path => !IsLibTorch(path)))
        {
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        }

        return Path.Combine(folder, "runtime-probe");
    }

    private string DamagedLibTorch()
    {
        var folder = probe.NewFolder();
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" })
        {
            File.WriteAllText(Path.Combine(folder, name), "not a library");
        }

        return folder;
    }

    private void CopyLibTorch(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var path in Directory.GetFiles(probe.Plain).Where(IsLibTorch))
        {
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        }
    }

    // The version is in the code that writes the build's settings: TORCH_VERSION, and a little further on what it is.
    private static void ClaimVersion(string library, string version)
    {
        using var file = MemoryMappedFile.CreateFromFile(library);
        using var view = file.CreateViewAccessor();
        unsafe
        {
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            var bytes = new Span<byte>(start, checked((int)view.Capacity));
            var settings = bytes[bytes.IndexOf("TORCH_VE"u8)..][..256];
            Encoding.ASCII.GetBytes(version, settings[settings.IndexOf("2.10"u8)..]);
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private static bool IsLibTorch(string path) =>
        Path.GetFileName(path) is { } name &&
        (name.StartsWith("libtorch", StringComparison.Ordinal) || name.StartsWith("libc10", StringComparison.Ordinal) ||
         name.StartsWith("libgomp", StringComparison.Ordinal));

    private sealed record Report(
        [property: JsonConverter(
            typeof(JsonStringEnumConverter<TorchBridge>))] TorchBridge Bridge,
            bool External, string LibTorch, string? Version, float Sum, string[] Mapped);
}
