using System.Threading.Channels;
using SsMfar.Inference;

namespace SsMfar.Tests.Inference;

/// <summary>Streams of a predictor that averages: memory, what arrives, and how they end.</summary>
public sealed class AveragedStreamTests
{
    private const int Chunk = 256;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Endless_faces_are_taken_no_further_ahead_than_two_chunks(bool arriving)
    {
        using AveragingPredictor predictor = new([new PredictionEngine(new FakeNetwork()), new PredictionEngine(new FakeNetwork())]);
        int taken = 0, delivered = 0;
        IEnumerable<FaceImage> Endless()
        {
            for (int i = 0; ; i++)
            {
                (Interlocked.Increment(ref taken) - Volatile.Read(ref delivered)).Should().BeLessThanOrEqualTo((2 * Chunk) + 2);
                yield return FakeFaces.Face(i);
            }
        }

        IAsyncEnumerable<PredictionItem> items =
            arriving ? predictor.PredictAsync(Endless().ToAsyncEnumerable()) : predictor.PredictAsync(Endless());
        await foreach (PredictionItem item in items)
        {
            item.Index.Should().Be(delivered);
            item.Succeeded.Should().BeTrue();
            if (Interlocked.Increment(ref delivered) == 3 * Chunk)
            {
                break;
            }
        }

        int after = Volatile.Read(ref taken);
        await Task.Delay(50);
        taken.Should().Be(after, "nothing goes on in the background");
    }

    [Fact]
    public async Task A_face_that_has_arrived_waits_for_no_other()
    {
        using AveragingPredictor predictor = new([new PredictionEngine(new FakeNetwork()), new PredictionEngine(new FakeNetwork())]);
        Channel<FaceImage> camera = Channel.CreateUnbounded<FaceImage>();
        await camera.Writer.WriteAsync(FakeFaces.Face(0));
        int count = 0;

        await foreach (PredictionItem item in predictor.PredictAsync(camera.Reader.ReadAllAsync()))
        {
            item.Name.Should().Be($"face {count}");
            if (++count == 5)
            {
                camera.Writer.Complete();
            }
            else
            {
                await camera.Writer.WriteAsync(FakeFaces.Face(count));
            }
        }

        count.Should().Be(5);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 10)]
    public async Task The_faces_before_a_fault_of_the_sequence_come_out(int good)
    {
        using AveragingPredictor predictor = new([new PredictionEngine(new FakeNetwork()), new PredictionEngine(new FakeNetwork())]);
        IEnumerable<FaceImage> Faces()
        {
            for (int i = 0; i < good; i++)
            {
                yield return FakeFaces.Face(i);
            }

            throw new InvalidOperationException("the camera fell");
        }

        foreach (Func<IAsyncEnumerable<PredictionItem>> predict in new Func<IAsyncEnumerable<PredictionItem>>[]
        {
            () => predictor.PredictAsync(Faces()),
            () => predictor.PredictAsync(Faces().ToAsyncEnumerable()),
        })
        {
            int count = 0;
            Func<Task> all = async () =>
            {
                await foreach (PredictionItem item in predict())
                {
                    item.Index.Should().Be(count++);
                }
            };

            await all.Should().ThrowAsync<InvalidOperationException>().WithMessage("the camera fell");
            count.Should().Be(good);
        }
    }

    [Fact]
    public async Task Cancellation_stops_between_two_batches()
    {
        int runs = 0;
        using CancellationTokenSource stop = new();
        FakeNetwork network = new()
        {
            OnRun = () =>
            {
                if (Interlocked.Increment(ref runs) == 3)
                {
                    stop.Cancel();
                }
            },
        };
        using AveragingPredictor predictor = new([new PredictionEngine(network), new PredictionEngine(new FakeNetwork())]);
        IEnumerable<FaceImage> faces = Enumerable.Range(0, 10_000).Select(FakeFaces.Face);

        Func<Task> all = async () => await predictor.PredictAsync(faces, stop.Token).ToListAsync();

        await all.Should().ThrowAsync<OperationCanceledException>();
        runs.Should().BeInRange(3, 4);
    }
}
