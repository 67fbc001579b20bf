using Microsoft.Extensions.Logging.Abstractions;
using SsMfar.Distributed;
using SsMfar.Tests.Data;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>Decoded images kept from run to run by the trainer.</summary>
public sealed class ImageCacheFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_run_finds_the_pixels_of_the_first_and_ends_the_same()
    {
        string cache = _folder.File("cache");
        using TrainingResult without = await Tiny.Builder().Build().FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(20, seed: 2));
        using TrainingResult first = await Tiny.Builder().UseImageCache(cache).Build()
            .FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(20, seed: 2));
        string[] files = [.. Directory.EnumerateFiles(cache).Order(StringComparer.Ordinal)];
        DateTime[] written = [.. files.Select(File.GetLastWriteTimeUtc)];
        using TrainingResult second = await Tiny.Builder().UseImageCache(cache).Build()
            .FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(20, seed: 2));

        files.Should().HaveCount(2, "one for each set");
        Directory.EnumerateFiles(cache).Order(StringComparer.Ordinal).Should().Equal(files);
        files.Select(File.GetLastWriteTimeUtc).Should().Equal(written, "nothing was decoded again");
        Tiny.ShouldEqual(first, without);
        Tiny.ShouldEqual(second, without);
    }

    [Fact]
    public async Task Pixels_beyond_the_memory_budget_are_mapped_from_a_file_and_train_the_same()
    {
        using TrainingResult inMemory = await Tiny.Builder().Build().FitAsync(TinyFaces.Dataset(32));
        using TrainingResult mapped = await Tiny.Builder().UseImageCache(memoryBudget: 0).Build().FitAsync(TinyFaces.Dataset(32));

        Tiny.ShouldEqual(mapped, inMemory);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(1_000_000_000L, false)]
    public void Ranks_share_the_memory_that_pixels_take_unless_it_is_said(long? budget, bool mapped)
    {
        MultiTaskTrainer trainer = Tiny.Builder(options => options.Precision = TrainingPrecision.Full)
            .UseImageCache(memoryBudget: budget).Build();
        using RunRanks ranks = new(new CountlessRanks(), new DistributedOptions());
        using TrainingRun run = new TrainingRunFactory(trainer.Configuration, NullLogger.Instance, null, ranks: ranks)
            .Create(TinyFaces.Dataset(32), null, CancellationToken.None);

        run.Training.IsMemoryMapped.Should().Be(mapped);
    }

    /// <summary>So many that each one's part of any machine's memory is a few bytes.</summary>
    private sealed class CountlessRanks : IProcessGroup
    {
        public int Rank => 0;

        public int Size => int.MaxValue;

        public void AllReduce(torch.Tensor tensor)
        {
        }

        public void AllGather(torch.Tensor tensor, torch.Tensor gathered) => throw new NotSupportedException();

        public void Broadcast(torch.Tensor tensor, int root)
        {
        }

        public void Barrier() => throw new NotSupportedException();

        public void Abort(Exception cause)
        {
        }

        public void Dispose()
        {
        }
    }
}
