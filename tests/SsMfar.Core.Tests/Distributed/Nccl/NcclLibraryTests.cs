using SsMfar.Distributed;

namespace SsMfar.Tests.Distributed;

/// <summary>Which library is loaded, and what is said where there is none.</summary>
public sealed class NcclLibraryTests(NcclStandIn standIn) : IClassFixture<NcclStandIn>
{
    [Fact]
    public void It_can_be_turned_off()
    {
        NcclLibrary.Find("none", [], out string? obstacle).Should().BeNull();

        obstacle.Should().Be("SSMFAR_NCCL_LIBRARY is none");
    }

    [Fact]
    public void A_name_that_leads_nowhere_is_an_error_that_says_what_to_do() =>
        FluentActions.Invoking(() => NcclLibrary.Find("libnowhere.so", [], out _)).Should().Throw<ProcessGroupException>().WithMessage(
            "SSMFAR_NCCL_LIBRARY is 'libnowhere.so', and no library of that name can be loaded. Name another, or set " +
            "SSMFAR_NCCL_LIBRARY=none: *by way of the host.");

    [Fact]
    public void Another_library_is_no_NCCL() =>
        FluentActions.Invoking(() => NcclLibrary.Find("libc.so.6", [], out _)).Should().Throw<ProcessGroupException>().WithMessage(
            "SSMFAR_NCCL_LIBRARY is 'libc.so.6', a library that is not NCCL. Name another, or set SSMFAR_NCCL_LIBRARY=none: *");

    [Fact]
    public void Without_CUDA_no_library_of_the_usual_name_is_of_use()
    {
        NcclLibrary.Find(null, [], out string? obstacle).Should().BeNull();

        obstacle.Should().BeOneOf("there is no libnccl.so.2", "the runtime of CUDA was not found beside libtorch");
    }

    [RequiresTool("gcc")]
    public void A_library_without_a_runtime_of_CUDA_is_of_no_use()
    {
        _ = standIn.Library;

        NcclLibrary.Find(standIn.File, ["libnowhere.so", "libc.so.6"], out string? obstacle).Should().BeNull();

        obstacle.Should().Be("the runtime of CUDA was not found beside libtorch");
    }

    [RequiresTool("gcc")]
    public async Task The_runtime_is_found_by_whoever_needs_it_whatever_its_name()
    {
        string runtime = await standIn.CompileNcclAsync("libcudart-0a1b2c3d.so.12");
        string needs = await standIn.CompileAsync("libc10_cuda.so", "-Wl,--no-as-needed", runtime);

        INccl? found = NcclLibrary.Find(runtime, ["libnowhere.so", needs], out string? obstacle);

        obstacle.Should().BeNull();
        found!.Version.Should().Be(new Version(2, 27, 3));
        found.CudaSetDevice(3).Should().Be(0);
        found.CudaGetDevice(out int device).Should().Be(0);
        device.Should().Be(3);
        found.CudaDeviceGetPciBusId(out string place, 3).Should().Be(0);
        place.Should().Be("0000:04:00.0");
        found.CudaGetErrorString(found.CudaSetDevice(99)).Should().Be("invalid device ordinal");
    }

    [RequiresTool("gcc")]
    public async Task A_library_that_is_too_old_is_said_to_be()
    {
        string old = await standIn.CompileNcclAsync("libold.so", "-DVERSION=2804");

        NcclLibrary.Find(old, [old], out string? obstacle).Should().BeNull();

        obstacle.Should().Be($"{old} is of NCCL 2.8.4, older than 2.10");
    }

    [Theory]
    [InlineData(2708, "2.7.8")]
    [InlineData(21003, "2.10.3")]
    [InlineData(22703, "2.27.3")]
    public void Versions_are_read_as_they_are_written(int code, string version) =>
        NcclLibrary.Decode(code).Should().Be(Version.Parse(version));

    [RequiresTool("gcc")]
    public void An_id_that_lost_a_byte_on_its_way_is_refused()
    {
        standIn.Library.GetUniqueId(out NcclId id).Should().Be(0);
        byte[] bytes = id.ToArray();
        standIn.Library.CommInitRank(out nint joined, 1, NcclId.Of(bytes), 0).Should().Be(0);
        standIn.Library.CommDestroy(joined).Should().Be(0);

        bytes[^1]++;

        standIn.Library.CommInitRank(out _, 1, NcclId.Of(bytes), 0).Should().Be(4);
        standIn.Library.GetLastError(0).Should().Be("the id is damaged");
    }
}
