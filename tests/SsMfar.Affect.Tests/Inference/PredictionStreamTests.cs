using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SsMfar.Inference;

namespace SsMfar.Tests.Inference;

/// <summary>Sequences of images, decoded ahead.</summary>
public sealed class PredictionStreamTests
{
    private const int Batch = 5;
    private const int Threads = 3;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(57)]
    public async Task Items_come_in_order_from_full_batches(int count)
    {
        var network = new FakeNetwork();
        using PredictionEngine engine = Engine(network);
        FaceImage[] faces = [.. Enumerable.Range(0, count).Select(i => i % 10 == 4 ? FakeFaces.Broken($"broken {i}") : FakeFaces.Face(i))];

        var items = new List<PredictionItem>();
        await foreach (PredictionItem item in engine.PredictAsync(faces))
        {
            items.Add(item);
        }

        PredictionEngineTests.Check(items, faces);
        items.Should().HaveCount(count);
        network.Batches.Should()
            .Equal(faces.Chunk(Batch).Select(chunk => chunk.Count(face => !face.Name.StartsWith("broken", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Images_are_never_decoded_further_ahead_than_two_batches_and_a_few()
    {
        int taken = 0, delivered = 0, furthest = 0;
        using PredictionEngine engine = Engine(new FakeNetwork());

        await foreach (PredictionItem item in engine.PredictAsync(Faces()))
        {
            Interlocked.Increment(ref delivered);
            await Task.Yield();
        }

        delivered.Should().Be(300);

        // A batch that is delivered, one that waits in the queue, and one image in the hand of each thread and of the source.
        furthest.Should().BeLessThanOrEqualTo((2 * Batch) + (2 * Threads) + 2);

        IEnumerable<FaceImage> Faces()
        {
            for (int i = 0; i < 300; i++)
            {
                furthest = Math.Max(furthest, ++taken - Volatile.Read(ref delivered));
                yield return FakeFaces.Face(i);
            }
        }
    }

    [Fact]
    public async Task Images_that_arrive_one_by_one_are_not_held_back_for_a_full_batch()
    {
        using PredictionEngine engine = Engine(new FakeNetwork());
        Channel<FaceImage> camera = Channel.CreateUnbounded<FaceImage>();
        camera.Writer.TryWrite(FakeFaces.Face(0));

        int seen = 0;
        await foreach (PredictionItem item in engine.PredictAsync(camera.Reader.ReadAllAsync()))
        {
            // The next image exists only once this one is read: waiting for more would be waiting for ever.
            item.Index.Should().Be(seen++);
            item.GetPrediction().Arousal.Should().BeApproximately(FakeFaces.Arousal(item.Index), 1e-6f);
            if (seen < 4 * Batch)
            {
                camera.Writer.TryWrite(FakeFaces.Face(seen));
            }
            else
            {
                camera.Writer.TryComplete();
            }
        }

        seen.Should().Be(4 * Batch);
    }

    [Fact]
    public async Task Images_that_arrived_come_out_before_what_ends_the_sequence_at_a_later_one()
    {
        using PredictionEngine engine = Engine(new FakeNetwork());
        var seen = new List<int>();

        await FluentActions.Awaiting(async () =>
        {
            await foreach (PredictionItem item in engine.PredictAsync(Camera()))
            {
                seen.Add(item.Index);

                // All that is left is decoded, or has failed, by the time that the next ones are taken.
                await Task.Delay(item.Index == 0 ? 200 : 0);
            }
        }).Should().ThrowAsync<ObjectDisposedException>();

        seen.Should().Equal(0, 1, 2, 3);

        async IAsyncEnumerable<FaceImage> Camera()
        {
            for (int i = 0; i < 4; i++)
            {
                yield return FakeFaces.Face(i);
                await Task.Yield();
            }

            Stream closed = new MemoryStream([1]);
            FaceImage last = FaceImage.FromStream(closed);
            await closed.DisposeAsync();
            yield return last;
        }
    }

    [Fact]
    public async Task Leaving_the_loop_ends_the_work_behind_it()
    {
        int open = 0, taken = 0;
        bool closed = false;
        using PredictionEngine engine = Engine(new FakeNetwork());

        await foreach (PredictionItem item in engine.PredictAsync(Faces()))
        {
            if (item.Index == 7)
            {
                break;
            }
        }

        closed.Should().BeTrue();
        open.Should().Be(0);
        int after = taken;
        await Task.Delay(20);
        taken.Should().Be(after);

        IEnumerable<FaceImage> Faces()
        {
            try
            {
                while (true)
                {
                    taken++;
                    yield return FaceImage.FromStream(
                        new CountedStream(() => Interlocked.Increment(ref open), () => Interlocked.Decrement(ref open)));
                }
            }
            finally
            {
                closed = true;
            }
        }
    }

    [Fact]
    public async Task Cancellation_stops_with_its_exception()
    {
        using var stop = new CancellationTokenSource();
        using PredictionEngine engine = Engine(new FakeNetwork());

        await FluentActions.Awaiting(async () =>
        {
            await foreach (PredictionItem item in engine.PredictAsync(Enumerable.Range(0, 100_000).Select(FakeFaces.Face), stop.Token))
            {
                await stop.CancelAsync();
            }
        }).Should().ThrowAsync<OperationCanceledException>();

        await FluentActions.Awaiting(async () =>
        {
            await foreach (PredictionItem item in engine.PredictAsync(Forever()).WithCancellation(stop.Token))
            {
            }
        }).Should().ThrowAsync<OperationCanceledException>();

        static async IAsyncEnumerable<FaceImage> Forever([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            yield return FakeFaces.Face(0);
        }
    }

    [Fact]
    public async Task What_the_sequence_throws_comes_out_after_whole_batches_before_it()
    {
        using PredictionEngine engine = Engine(new FakeNetwork());
        var seen = new List<int>();

        await FluentActions.Awaiting(async () =>
        {
            await foreach (PredictionItem item in engine.PredictAsync(Faces()))
            {
                seen.Add(item.Index);
            }
        }).Should().ThrowAsync<TimeZoneNotFoundException>();

        seen.Should().Equal(Enumerable.Range(0, 2 * Batch));

        static IEnumerable<FaceImage> Faces()
        {
            for (int i = 0; i < (2 * Batch) + 1; i++)
            {
                yield return FakeFaces.Face(i);
            }

            throw new TimeZoneNotFoundException();
        }
    }

    [Fact]
    public async Task Sixteen_sequences_at_once_do_not_mix()
    {
        using PredictionEngine engine = Engine(new FakeNetwork());

        await Task.WhenAll(Enumerable.Range(0, 16).Select(offset => Task.Run(async () =>
        {
            int index = 0;
            await foreach (PredictionItem item in engine.PredictAsync(Enumerable.Range(offset, 60).Select(FakeFaces.Face)))
            {
                item.Index.Should().Be(index);
                item.GetPrediction().Arousal.Should().BeApproximately(FakeFaces.Arousal(offset + index++), 1e-6f);
            }

            index.Should().Be(60);
        })));
    }

    private static PredictionEngine Engine(FakeNetwork network) => new(network, new() { BatchSize = Batch, DecodeThreads = Threads });

    private sealed class CountedStream(Action opened, Action closed) : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            opened();
            try
            {
                return 0;
            }
            finally
            {
                closed();
            }
        }
    }
}
