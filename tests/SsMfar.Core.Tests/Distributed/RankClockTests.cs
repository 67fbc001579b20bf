using System.Globalization;
using System.Text.RegularExpressions;
using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.SemiSupervised;
using SsMfar.Tests.Training;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Distributed;

/// <summary>What ranks say of their own work is that of an epoch's steps, whatever they waited for before and after.</summary>
public sealed partial class RankClockTests
{
    [Theory]
    [InlineData(3000, 0)]
    [InlineData(0, 3000)]
    public async Task Ranks_that_work_alike_are_no_stragglers_where_one_decodes_or_ends_the_epoch_slowly(int decoding, int ending)
    {
        using TemporaryFolder folder = new();
        using LogBook log = new();
        IProcessGroup[] groups = [.. InProcessGroup.Create(2, TimeSpan.FromMinutes(2))];
        TrainingResult[] results = await Task.WhenAll(groups.Select(group => RankedRuns.Small()
            .UseProcessGroup(group)
            .UseLogging(log)
            .UseImageCache(folder.Path)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => new SlowPolicy(group.Rank == 0 ? ending : 0))
            .Build().FitAsync(new(RankedRuns.Faces.Annotations, new SlowImages(group.Rank == 0 ? decoding : 0)))));
        Array.ForEach(results, result => result.Dispose());

        string told = log.Of(15).Should().ContainSingle().Which.Text;
        double[] seconds =
            [.. Seconds().Matches(told).Select(match => double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))];
        seconds.Should().HaveCount(2, told).And.OnlyContain(rank => rank > 3, told);
        log.Of(13).Should().BeEmpty(told);
    }

    // Hours of an earlier process, alike on all ranks, would make any of them look as fast as the others.
    [Fact]
    public async Task What_earlier_processes_took_of_an_epoch_is_not_in_it()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource stop = new();
        await FluentActions.Awaiting(() => RankedRuns.FitAsync(
            2, () => Builder(stop.Cancel).UseCheckpoints(folder.Path), cancellationToken: stop.Token))
            .Should().ThrowAsync<OperationCanceledException>();
        Change(folder.File("checkpoint.safetensors"), "\"TrainingSeconds\":", "\"TrainingSeconds\":36000");

        using LogBook log = new();
        TrainingResult[] results = await RankedRuns.FitAsync(
            2, () => Builder(() => { }).UseCheckpoints(folder.Path, CheckpointMode.Resume).UseLogging(log));

        results.Should().OnlyContain(result => result.History[0].ImagesPerSecond < 1, "the epoch itself took ten hours");
        Array.ForEach(results, result => result.Dispose());
        string told = log.Of(15).Should().ContainSingle().Which.Text;
        Seconds().Matches(told).Select(match => double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).Should()
            .HaveCount(2, told).And.OnlyContain(rank => rank < 18000, told);

        static MultiTaskTrainerBuilder Builder(Action observed) => RankedRuns.Small()
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, _ => new ObservedPolicy(observed));
    }

    // Puts the number in place of what is there.
    private static void Change(string path, string member, string written)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, string> metadata;
        Dictionary<string, torch.Tensor> tensors;
        using (SafetensorsReader reader = SafetensorsReader.Open(path))
        {
            metadata = new(reader.Metadata);
            tensors = reader.Keys.ToDictionary(name => name, reader.Read);
        }

        string position = metadata["position"];
        metadata["position"] = Regex.Replace(position, $"{member}[^,}}]+", written);
        metadata["position"].Should().NotBe(position);
        SafetensorsWriter.Write(path, tensors, metadata);
    }

    [GeneratedRegex(@"rank \d+ ([0-9.]+) s")]
    private static partial Regex Seconds();

    /// <summary>Opens its first image slowly.</summary>
    private sealed class SlowImages(int milliseconds) : IImageSource
    {
        private readonly TinyFaces.Images _images = new();
        private int _opened;

        public Stream Open(string name)
        {
            if (Interlocked.Exchange(ref _opened, 1) == 0)
            {
                Thread.Sleep(milliseconds);
            }

            return _images.Open(name);
        }

        public bool Exists(string name) => _images.Exists(name);

        public ImageStamp? GetStamp(string name) => _images.GetStamp(name);

        public string Describe(string name) => _images.Describe(name);

        public void Dispose() => _images.Dispose();
    }

    /// <summary>Tells that it was asked.</summary>
    private sealed class ObservedPolicy(Action observed) : QuietPolicy
    {
        public override PseudoLabels Assign(PolicyBatch strong) => new(
            strong.Predictions.argmax(1), torch.full([strong.Predictions.size(0)], Scalars.Of(0.5), torch.ScalarType.Float32));

        public override void Observe(PolicyBatch batch) => observed();
    }

    /// <summary>Works for more than a second at each step, beside which nothing else counts.</summary>
    private sealed class SlowPolicy(int ending) : QuietPolicy
    {
        public override PseudoLabels Assign(PolicyBatch strong) => new(
            strong.Predictions.argmax(1), torch.full([strong.Predictions.size(0)], Scalars.Of(0.5), torch.ScalarType.Float32));

        public override void Observe(PolicyBatch batch) => Thread.Sleep(1400);

        public override void EndEpoch(int epoch) => Thread.Sleep(ending);
    }
}
