using System.Runtime.InteropServices;
using TorchSharp;

namespace SsMfar.Tests.Kit;

/// <summary>The check that finds waits finds them, so that finding none means something.</summary>
[Collection(Alone)]
public sealed class HostWaitsTests
{
    internal const string Alone = "What forbids a whole process to wait";

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void A_wait_is_an_error_while_it_is_forbidden_and_only_on_CUDA_can_it_be(string device)
    {
        using torch.Tensor ones = torch.ones(1000, device: torch.device(device));
        using torch.Tensor sum = ones.sum();
        using HostWaits? forbidden = HostWaits.Forbid();
        (forbidden is not null).Should().Be(PresentDevices.Names.Count > 1);
        Func<float> read = () => sum.item<float>();
        if (torch.device(device).type == DeviceType.CPU)
        {
            read().Should().Be(1000);
            return;
        }

        read.Should().Throw<ExternalException>().WithMessage("*synchronizing*");
        forbidden!.Dispose();
        read().Should().Be(1000);
    }
}

/// <summary>No other test runs beside these.</summary>
[CollectionDefinition(HostWaitsTests.Alone, DisableParallelization = true)]
public sealed class HostWaitsCollection;
