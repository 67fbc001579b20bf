using SsMfar.Distributed;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>
/// What ranks exchange on every device: by NCCL where it is CUDA's, of which NCCL is demanded, else by the group of threads.
/// </summary>
public sealed class NcclTests
{
    private static readonly torch.ScalarType[] Types =
    [
        torch.ScalarType.Float32, torch.ScalarType.Float64, torch.ScalarType.Int64, torch.ScalarType.BFloat16,
    ];

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void One_rank_has_what_it_had(string device)
    {
        using NcclProcessGroup group = NcclProcessGroup.Over(InProcessGroup.Create(1)[0], ComputeDevice.Parse(device));
        group.Obstacle.Should().Be(device == "cpu" ? "rank 0: it trains on the CPU" : null);
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (torch.ScalarType type in Types)
        {
            torch.Tensor given = Numbers(0).to(type), tensor = given.clone().to(torch.device(device));
            torch.Tensor gathered = torch.zeros_like(tensor).unsqueeze(0);

            group.AllReduce(tensor);
            group.Broadcast(tensor, 0);
            group.AllGather(tensor, gathered);
            group.Barrier();

            tensor.cpu().bytes.SequenceEqual(given.bytes).Should().BeTrue($"of {type}");
            gathered.cpu().bytes.SequenceEqual(given.bytes).Should().BeTrue($"of {type}");
        }
    }

    [Fact]
    public async Task Ranks_of_all_devices_have_the_sum_of_what_is_queued_before_it()
    {
        string[] cuda = [.. PresentDevices.Names.Where(name => name != "cpu")];
        string[] devices = cuda.Length > 0 ? cuda : ["cpu", "cpu"];
        using torch.Tensor expected = Sum(devices.Length);

        double[][] errors = await Task.WhenAll(InProcessGroup.Create(devices.Length, TimeSpan.FromMinutes(2)).Select(
            group => Task.Run(() => Errors(group, devices[group.Rank], expected))));

        errors.SelectMany(rank => rank).Should().OnlyContain(error => error < 1e-12);
    }

    // A product and a sum are queued one after the other, and waited for in the end.
    private static double[] Errors(IProcessGroup ranks, string device, torch.Tensor expected)
    {
        using NcclProcessGroup group = NcclProcessGroup.Over(ranks, ComputeDevice.Parse(device));
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor own = Numbers(group.Rank).to(torch.device(device));
        List<torch.Tensor> sums = [];
        for (int i = 0; i < 20; i++)
        {
            torch.Tensor sum = Product(own);
            group.AllReduce(sum);
            sums.Add(sum);
        }

        return [.. sums.Select(sum => ((sum.cpu() - expected).abs().max() / expected.abs().max()).item<double>())];
    }

    private static torch.Tensor Sum(int ranks)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return torch.stack([.. Enumerable.Range(0, ranks).Select(rank => Product(Numbers(rank)))]).sum([0L]).MoveToOuterDisposeScope();
    }

    private static torch.Tensor Product(torch.Tensor numbers) => numbers.matmul(numbers);

    private static torch.Tensor Numbers(int rank) =>
        (torch.arange(Scalars.Of(200 * 200), torch.ScalarType.Float64) * Scalars.Of(rank + 3)).remainder(Scalars.Of(113)).view(200, 200);
}
