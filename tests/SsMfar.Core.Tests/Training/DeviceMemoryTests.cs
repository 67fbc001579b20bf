using System.Runtime.InteropServices;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>What images may take of a device, and what a fit says that ran out of memory.</summary>
public sealed class DeviceMemoryTests
{
    [Theory]
    [InlineData(11L << 30, 11L << 29)]
    [InlineData(0L, 0L)]
    [InlineData(null, 1L << 30)]
    public void Images_may_take_half_of_what_is_free(long? free, long expected) => DeviceMemory.ShareForImages(free).Should().Be(expected);

    [Fact]
    public void One_budget_serves_the_sets_in_order()
    {
        using TinyFaces.Images source = new();
        using ImageCache training = Cache(source, 6), validation = Cache(source, 3), small = Cache(source, 1);
        long image = training.PixelBytes / 6;
        var budget = new DeviceImageBudget(8 * image);

        budget.Place(training, torch.CPU).Should().BeTrue();
        budget.Remaining.Should().Be(2 * image);
        budget.Place(validation, torch.CPU).Should().BeFalse("three images do not fit what is left of eight");
        budget.Remaining.Should().Be(2 * image);
        budget.Place(small, torch.CPU).Should().BeTrue();
    }

    [Fact]
    public void Features_that_do_not_fit_the_device_stay_on_the_host_and_leave_the_budget_alone()
    {
        using FeatureTable table = new(torch.tensor([.. Enumerable.Range(0, 12).Select(i => (float)i)], [6, 2]), views: 2);
        DeviceImageBudget budget = new(2 * table.Bytes);

        // More than any machine has.
        table.Place(_ => torch.empty([1L << 52], torch.ScalarType.Float32), budget);
        budget.Remaining.Should().Be(2 * table.Bytes);
        using torch.Tensor gathered = table.Gather([2, 0], [1, 0], torch.CPU);
        gathered.data<float>().Should().Equal(10, 11, 0, 1);

        table.Invoking(features => features.Place(_ => throw new LibtorchException("device-side assert"), budget)).Should()
            .Throw<LibtorchException>();
        budget.Remaining.Should().Be(2 * table.Bytes);
        table.Place(features => features.clone(), budget);
        budget.Remaining.Should().Be(table.Bytes);
        table.Place(_ => throw new InvalidOperationException("It does not fit."), new(table.Bytes - 1));
    }

    [Theory]
    [InlineData(12_345L, 12_345L)]
    [InlineData(null, long.MaxValue)]
    public void A_budget_that_was_chosen_is_kept(long? chosen, long expected) =>
        DeviceImageBudget.For(torch.CPU, chosen).Remaining.Should().Be(expected);

    [Fact]
    public async Task A_fit_that_runs_out_of_memory_says_what_to_change()
    {
        MultiTaskTrainer trainer = Tiny.Builder(options => options.AccumulationSteps = 2)
            .UseLoss(AffectTaskNames.ActionUnits, _ => new GreedyLoss())
            .Build();

        InsufficientDeviceMemoryException thrown = (await trainer.Awaiting(t => t.FitAsync(TinyFaces.Dataset(40)))
            .Should().ThrowAsync<InsufficientDeviceMemoryException>()).Which;

        thrown.Message.Should().Contain("batches of 16 at 32 pixels with tiny").And.Contain("BatchSize").And
            .Contain("AccumulationSteps (now 2)")
            .And
            .Contain("ImageSize")
            .And
            .Contain("UseImageCache");
        thrown.InnerException.Should().BeOfType<ExternalException>();
    }

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB.", true)]
    [InlineData(
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000 bytes.",
        true)]
    [InlineData("The size of tensor a (3) must match the size of tensor b (4)", false)]
    public void Running_out_of_memory_is_told_from_other_failures(string message, bool expected)
    {
        DeviceMemory.IsExhausted(new LibtorchException(message)).Should().Be(expected);
        DeviceMemory.IsExhausted(new InvalidOperationException(message)).Should().BeFalse();
    }

    private static ImageCache Cache(TinyFaces.Images source, int images) => ImageCache.Build(
        source, [.. TinyFaces.Annotations(images).Select(row => row.Image)], new() { Width = 8, Height = 8 });

    private sealed class LibtorchException(string message) : ExternalException(message);

    /// <summary>Asks libtorch for more than any machine has.</summary>
    private sealed class GreedyLoss : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input) => new(torch.empty([1L << 52], torch.ScalarType.Float32).sum(), []);
    }
}
