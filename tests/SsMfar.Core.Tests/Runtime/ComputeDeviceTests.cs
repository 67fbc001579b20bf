using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Runtime;

public sealed class ComputeDeviceTests
{
    [Theory]
    [InlineData("auto", "auto")]
    [InlineData("CPU", "cpu")]
    [InlineData("Cuda", "cuda")]
    [InlineData("cuda:1", "cuda:1")]
    public void Reads_its_own_text(string text, string expected)
    {
        var device = ComputeDevice.Parse(text);

        device.ToString().Should().Be(expected);
        ComputeDevice.Parse(expected).Should().Be(device);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:99999999999")]
    public void Refuses_other_text_and_lists_what_it_knows(string text)
    {
        ComputeDevice.TryParse(text, null, out var device).Should().BeFalse();
        device.Should().Be(ComputeDevice.Auto);
        var act = () => ComputeDevice.Parse(text);
        act.Should().Throw<FormatException>().WithMessage($"*'{text}'*auto, cpu, cuda and cuda:N*");
    }

    [Fact]
    public void The_default_is_auto() => default(ComputeDevice).Should().Be(ComputeDevice.Auto);

    [Fact]
    public void Auto_is_cuda_where_there_is_one_and_else_the_cpu() =>
        ComputeDevice.Auto.Resolve().type.Should().Be(torch.cuda.is_available() ? DeviceType.CUDA : DeviceType.CPU);

    [Fact]
    public void The_cpu_is_always_there() => ComputeDevice.Cpu.Resolve().type.Should().Be(DeviceType.CPU);

    [Fact]
    public void A_missing_cuda_device_is_one_error_with_a_remedy()
    {
        var absent = ComputeDevice.CudaAt(4096);

        var act = absent.Resolve;

        act.Should().Throw<DeviceNotAvailableException>().WithMessage("*'cuda:4096'*auto or cpu*");
    }

    [Fact]
    public void A_negative_number_is_refused() =>
        FluentActions.Invoking(() => ComputeDevice.CudaAt(-1)).Should().Throw<ArgumentOutOfRangeException>();
}
