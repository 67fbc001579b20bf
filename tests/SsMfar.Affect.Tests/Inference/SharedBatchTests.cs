using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Predictions;

namespace SsMfar.Tests.Inference;

/// <summary>Calls of many threads that share batches.</summary>
public sealed class SharedBatchTests : IDisposable
{
    private const byte Odd = 77;

    private readonly GatedNetwork _network = new();
    private readonly LogBook _log = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_calls_while_the_network_runs_goes_into_the_next_batch_with_all_who_wait(bool keepsThreads)
    {
        using PredictionEngine engine = Engine(batchSize: 4);
        List<Task<AffectPrediction>> calls = [await FirstAsync(engine)];
        for (int i = 1; i < 7; i++)
        {
            await WaitsAsync(engine, calls, i, keepsThreads);
        }

        _network.Inside.Should().Be(1);
        _network.Open();
        AffectPrediction[] faces = await AllAsync(calls);

        _network.Batches.Should().Equal([1, 4, 2], "the first found the network free, and a batch has four");
        _network.MostInside.Should().Be(1);
        faces.Select(face => face.Arousal).Should().Equal(Enumerable.Range(0, 7).Select(i => (float?)FakeFaces.Arousal(i)));
    }

    [Fact]
    public async Task Calls_that_keep_no_thread_are_run_on_threads_that_pass_on_nothing_else()
    {
        ConcurrentBag<Thread> threads = [];
        _network.OnOutputs = (_, _) => threads.Add(Thread.CurrentThread);
        using PredictionEngine engine = Engine(batchSize: 1);
        List<Task<AffectPrediction>> calls = [await FirstAsync(engine)];
        for (int i = 1; i < 4; i++)
        {
            await WaitsAsync(engine, calls, i);
        }

        _network.Open();
        await AllAsync(calls);

        threads.Should().HaveCount(4).And.OnlyContain(thread => !thread.IsThreadPoolThread);
        threads.Distinct().Should().ContainSingle("one run at a time needs no other thread");
    }

    [Fact]
    public async Task Images_of_a_call_stay_together_and_nobody_overtakes()
    {
        using PredictionEngine engine = Engine(batchSize: 4);
        Task<AffectPrediction> first = await FirstAsync(engine);
        List<Task<IReadOnlyList<PredictionItem>>> calls = [];
        foreach (int count in new[] { 3, 2, 1, 9 })
        {
            int waited = engine.Waiting;
            calls.Add(Task.Factory.StartNew(
                () => engine.PredictAll(Enumerable.Range(10 * count, count).Select(FakeFaces.Face)), TaskCreationOptions.LongRunning));
            await GatedNetwork.UntilAsync(() => engine.Waiting == waited + 1);
        }

        _network.Open();
        await first;
        IReadOnlyList<PredictionItem>[] items = await AllAsync(calls);

        // The last is a call of 9 images, batches of 4, 4 and 1.
        _network.Batches.Should().Equal(1, 3, 3, 4, 4, 1);
        foreach ((IReadOnlyList<PredictionItem> own, int count) in items.Zip([3, 2, 1, 9]))
        {
            own.Select(item => item.GetPrediction().Arousal).Should()
                .Equal(Enumerable.Range(10 * count, count).Select(i => (float?)FakeFaces.Arousal(i)));
        }
    }

    [Fact]
    public async Task A_picture_that_cannot_be_read_is_an_error_at_once_and_of_its_own()
    {
        using PredictionEngine engine = Engine(batchSize: 8);
        List<Task<AffectPrediction>> calls = [await FirstAsync(engine)];
        await WaitsAsync(engine, calls, 1);
        Task<AffectPrediction> broken = engine.PredictAsync(FakeFaces.Broken());
        await broken.Invoking(task => task).Should().ThrowAsync<ImageDecodeException>();
        await WaitsAsync(engine, calls, 2);

        _network.Open();

        (await AllAsync(calls)).Select(face => face.Arousal).Should()
            .Equal(Enumerable.Range(0, 3).Select(i => (float?)FakeFaces.Arousal(i)));
        _network.Batches.Should().Equal(1, 2);
    }

    [Fact]
    public async Task Outputs_that_are_no_numbers_are_an_error_of_their_face_alone()
    {
        _network.OnOutputs = (pixels, outputs) =>
        {
            int image = pixels.Length / (outputs[1].Length / 2);
            for (int row = 0; row < outputs[1].Length / 2; row++)
            {
                outputs[1][2 * row] = pixels.Span[row * image] == Odd ? float.NaN : outputs[1][2 * row];
            }
        };
        using PredictionEngine engine = Engine(batchSize: 8);
        (Task<AffectPrediction>[] good, Task<AffectPrediction> odd) = await WithOddAsync(engine);

        await odd.Invoking(task => task).Should().ThrowAsync<NonFiniteOutputException>();
        (await AllAsync(good)).Select(face => face.Arousal).Should()
            .Equal(new[] { 0, 1, 2 }.Select(i => (float?)FakeFaces.Arousal(i)));
        _network.Batches.Should().Equal(1, 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_fails_is_an_error_of_those_alone_who_fail_by_themselves(bool byWrongSize)
    {
        _network.OnOutputs = (pixels, outputs) =>
        {
            int image = pixels.Length / (outputs[1].Length / 2);
            if (Enumerable.Range(0, pixels.Length / image).Any(row => pixels.Span[row * image] == Odd))
            {
                outputs[0] = byWrongSize ? new float[1 + outputs[0].Length] : throw new TimeoutException("the accelerator is gone");
            }
        };
        using PredictionEngine engine = Engine(batchSize: 8);
        (Task<AffectPrediction>[] good, Task<AffectPrediction> odd) = await WithOddAsync(engine);

        if (byWrongSize)
        {
            await odd.Invoking(task => task).Should().ThrowAsync<InvalidOperationException>().WithMessage("*whose decoder*reads 3*");
        }
        else
        {
            await odd.Invoking(task => task).Should().ThrowAsync<TimeoutException>();
        }

        (await AllAsync(good)).Select(face => face.Arousal).Should()
            .Equal(new[] { 0, 1, 2 }.Select(i => (float?)FakeFaces.Arousal(i)));
        LogBook.Entry entry = _log.Entries.Should().ContainSingle().Subject;
        (entry.Level, entry.Id).Should().Be((LogLevel.Warning, 204));
        entry.Text.Should().StartWith("A batch of 3 images of several calls failed; each call runs by itself: ");
    }

    [Fact]
    public async Task What_fails_beside_the_network_leaves_nobody_waiting()
    {
        _network.OnOutputs = (pixels, outputs) =>
        {
            if (outputs[1].Length > 2)
            {
                throw new TimeoutException("the accelerator is gone");
            }
        };
        using PredictionEngine engine = new(
            _network, new() { BatchSize = 4, ConcurrentBatches = 1, LoggerFactory = new BrokenLogs() });
        List<Task<AffectPrediction>> calls = [await FirstAsync(engine)];
        for (int i = 1; i < 4; i++)
        {
            await WaitsAsync(engine, calls, i);
        }

        _network.Open();

        foreach (Task<AffectPrediction> call in calls[1..])
        {
            await call.Invoking(task => task.WaitAsync(GatedNetwork.Patience)).Should().ThrowAsync<IOException>().WithMessage("disk full");
        }

        (await calls[0]).Arousal.Should().Be(FakeFaces.Arousal(0));
        (await engine.PredictAsync(FakeFaces.Face(5)).WaitAsync(GatedNetwork.Patience)).Arousal.Should().Be(FakeFaces.Arousal(5));
    }

    [Fact]
    public async Task After_a_call_that_fails_by_itself_the_next_has_its_turn()
    {
        _network.OnOutputs = (_, _) => throw new InvalidDataException("the accelerator is gone");
        using PredictionEngine engine = Engine(batchSize: 1);
        List<Task<AffectPrediction>> calls = [await FirstAsync(engine)];
        await WaitsAsync(engine, calls, 1);
        await WaitsAsync(engine, calls, 2, keepsThread: true);

        _network.Open();

        foreach (Task<AffectPrediction> call in calls)
        {
            await call.Invoking(task => task.WaitAsync(GatedNetwork.Patience)).Should().ThrowAsync<InvalidDataException>();
        }

        _network.Batches.Should().Equal(1, 1, 1);
    }

    [Fact]
    public async Task Cancellation_takes_one_out_while_it_waits_and_nobody_else()
    {
        using PredictionEngine engine = Engine(batchSize: 8);
        using CancellationTokenSource early = new(), late = new();
        Task<AffectPrediction> runs = engine.PredictAsync(FakeFaces.Face(0), early.Token);
        await GatedNetwork.UntilAsync(() => _network.Inside == 1);
        List<Task<AffectPrediction>> calls = [];
        await WaitsAsync(engine, calls, 1);
        Task<AffectPrediction> leaves = engine.PredictAsync(FakeFaces.Face(2), late.Token);
        await GatedNetwork.UntilAsync(() => engine.Waiting == 2);
        await WaitsAsync(engine, calls, 3);

        await late.CancelAsync();
        await leaves.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        engine.Waiting.Should().Be(2);
        await early.CancelAsync();
        _network.Open();

        (await runs).Arousal.Should().Be(FakeFaces.Arousal(0), "what has begun is finished");
        (await AllAsync(calls)).Select(face => face.Arousal).Should().Equal(FakeFaces.Arousal(1), FakeFaces.Arousal(3));
        _network.Batches.Should().Equal(1, 2);
    }

    [Fact]
    public async Task Mirror_images_count_in_a_batch_and_are_averaged_with_their_own_face()
    {
        using FakeNetwork other = new();
        using PredictionEngine alone = new(other, new() { FlipAveraging = true });
        using PredictionEngine engine = new(_network, new() { FlipAveraging = true, BatchSize = 4, ConcurrentBatches = 1 });
        FaceImage Face(int number) => FaceImage.FromPixels(FakeFaces.Image((byte)(10 * number), (byte)(250 - number)));
        Task<AffectPrediction>[] calls = new Task<AffectPrediction>[4];
        for (int i = 0; i < calls.Length; i++)
        {
            calls[i] = engine.PredictAsync(Face(i));
            await GatedNetwork.UntilAsync(() => _network.Inside + engine.Waiting == i + 1);
        }

        _network.Open();

        (await AllAsync(calls)).Select(face => face.Arousal).Should()
            .Equal(Enumerable.Range(0, 4).Select(i => alone.Predict(Face(i)).Arousal));
        _network.Batches.Should().Equal(2, 4, 2);
    }

    [Fact]
    public async Task Disposal_lets_those_who_wait_finish()
    {
        PredictionEngine engine = Engine(batchSize: 8);
        List<Task<AffectPrediction>> calls = [await FirstAsync(engine)];
        await WaitsAsync(engine, calls, 1);
        await WaitsAsync(engine, calls, 2, keepsThread: true);

        engine.Dispose();
        _network.Disposals.Should().Be(0);
        await engine.Invoking(e => e.PredictAsync(FakeFaces.Face(3))).Should().ThrowAsync<ObjectDisposedException>();
        _network.Open();

        (await AllAsync(calls)).Select(face => face.Arousal).Should()
            .Equal(Enumerable.Range(0, 3).Select(i => (float?)FakeFaces.Arousal(i)));
        await GatedNetwork.UntilAsync(() => _network.Disposals == 1);
    }

    [Fact]
    public async Task As_many_batches_run_at_once_as_are_allowed()
    {
        using PredictionEngine engine = Engine(batchSize: 3, atOnce: 2);
        List<Task<AffectPrediction>> calls = [engine.PredictAsync(FakeFaces.Face(0)), engine.PredictAsync(FakeFaces.Face(1))];
        await GatedNetwork.UntilAsync(() => _network.Inside == 2);
        for (int i = 2; i < 7; i++)
        {
            await WaitsAsync(engine, calls, i);
        }

        // One leaves, and three go in its place while the other is still there.
        _network.Open(runs: 1);
        await GatedNetwork.UntilAsync(() => _network.Inside == 2 && engine.Waiting == 2);
        _network.Batches.Should().Equal(1);
        _network.Open();

        (await AllAsync(calls)).Select(face => face.Arousal).Should()
            .Equal(Enumerable.Range(0, 7).Select(i => (float?)FakeFaces.Arousal(i)));
        _network.MostInside.Should().Be(2);
        _network.Batches.Order().Should().Equal(1, 1, 2, 3);

        // Both are free again.
        _network.Close();
        Task<AffectPrediction>[] next = [engine.PredictAsync(FakeFaces.Face(0)), engine.PredictAsync(FakeFaces.Face(1))];
        await GatedNetwork.UntilAsync(() => _network.Inside == 2);
        _network.Open();
        await AllAsync(next);
    }

    [Fact]
    public void Less_than_one_batch_at_once_is_a_mistake() =>
        FluentActions.Invoking(() => Engine(batchSize: 8, atOnce: 0)).Should().Throw<ArgumentException>()
            .WithMessage("*ConcurrentBatches is 0; it must be at least 1*");

    [Fact]
    public async Task Unless_told_otherwise_calls_run_side_by_side()
    {
        using PredictionEngine engine = new(_network);
        Task<AffectPrediction>[] calls = [.. Enumerable.Range(0, 3).Select(i => engine.PredictAsync(FakeFaces.Face(i)))];

        await GatedNetwork.UntilAsync(() => _network.Inside == 3);
        _network.Open();

        await AllAsync(calls);
        _network.Batches.Should().Equal(1, 1, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Many_threads_each_get_their_own_and_the_network_has_no_more_runs_than_allowed(int atOnce)
    {
        const int Threads = 12, Calls = 300;
        _network.Open();
        using PredictionEngine engine = Engine(batchSize: 5, atOnce);
        ConcurrentQueue<string> wrong = [];
        int cancelled = 0;
        async Task CallAsync(int thread)
        {
            await Task.Yield();
            Random random = new(thread);
            for (int call = 0; call < Calls; call++)
            {
                int face = random.Next(256), kind = random.Next(4);
                using CancellationTokenSource stop = new();
                Task<AffectPrediction> prediction = kind switch
                {
                    0 => Task.FromResult(engine.Predict(FakeFaces.Face(face))),
                    1 => Task.FromResult(engine.PredictAll([FakeFaces.Face(3), FakeFaces.Face(face)])[1].GetPrediction()),
                    _ => engine.PredictAsync(FakeFaces.Face(face), stop.Token),
                };
                if (kind == 3)
                {
                    await stop.CancelAsync();
                }

                try
                {
                    if ((await prediction).Arousal is { } arousal && arousal != FakeFaces.Arousal(face))
                    {
                        wrong.Enqueue($"{face}: {arousal}");
                    }
                }
                catch (OperationCanceledException) when (kind == 3)
                {
                    Interlocked.Increment(ref cancelled);
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(CallAsync));

        wrong.Should().BeEmpty();
        cancelled.Should().BePositive();
        _network.MostInside.Should().BeInRange(1, atOnce);
        _network.Batches.Max().Should().BeInRange(2, 5);
        engine.Waiting.Should().Be(0);
    }

    public void Dispose()
    {
        _network.Open();
        _log.Dispose();
    }

    [Fact]
    public async Task A_face_that_several_models_read_waits_without_a_thread_in_each_and_leaves_when_it_is_cancelled()
    {
        PredictionEngine engine = Engine(batchSize: 1);
        using AveragingPredictor models = new([engine]);
        Task<AffectPrediction> first = await FirstAsync(engine);
        using CancellationTokenSource leaving = new();

        Task<AffectPrediction> face = models.PredictAsync(FakeFaces.Face(1), leaving.Token);
        await GatedNetwork.UntilAsync(() => engine.Waiting == 1);
        leaving.Cancel();
        await face.Invoking(task => task.WaitAsync(GatedNetwork.Patience)).Should().ThrowAsync<OperationCanceledException>();

        engine.Waiting.Should().Be(0);
        _network.Open();
        await first;
        (await models.PredictAsync(FakeFaces.Face(2))).Arousal.Should().Be(FakeFaces.Arousal(2));
    }

    private PredictionEngine Engine(int batchSize, int atOnce = 1) =>
        new(_network, new() { BatchSize = batchSize, ConcurrentBatches = atOnce, LoggerFactory = _log });

    // A call that nobody gives its turn fails, in place of a test that never ends.
    private static Task<T[]> AllAsync<T>(IEnumerable<Task<T>> calls) => Task.WhenAll(calls).WaitAsync(GatedNetwork.Patience);

    // A call that is in the network.
    private async Task<Task<AffectPrediction>> FirstAsync(PredictionEngine engine)
    {
        Task<AffectPrediction> first = engine.PredictAsync(FakeFaces.Face(0));
        await GatedNetwork.UntilAsync(() => _network.Inside == 1);
        return first;
    }

    // A further call, which waits behind those before.
    private static async Task WaitsAsync(
        PredictionEngine engine, List<Task<AffectPrediction>> calls, int face, bool keepsThread = false)
    {
        int waited = engine.Waiting;
        calls.Add(keepsThread
            ? Task.Factory.StartNew(() => engine.Predict(FakeFaces.Face(face)), TaskCreationOptions.LongRunning)
            : engine.PredictAsync(FakeFaces.Face(face)));
        await GatedNetwork.UntilAsync(() => engine.Waiting == waited + 1);
    }

    // The faces 0, 1 and 2, of which the latter share a batch with the odd one.
    private async Task<(Task<AffectPrediction>[] Good, Task<AffectPrediction> Odd)> WithOddAsync(PredictionEngine engine)
    {
        List<Task<AffectPrediction>> calls = [await FirstAsync(engine)];
        foreach (int face in new[] { 1, Odd, 2 })
        {
            await WaitsAsync(engine, calls, face);
        }

        _network.Open();
        return ([calls[0], calls[1], calls[3]], calls[2]);
    }

    private sealed class BrokenLogs : ILoggerFactory, ILogger
    {
        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("disk full");

        public void Dispose()
        {
        }
    }
}
