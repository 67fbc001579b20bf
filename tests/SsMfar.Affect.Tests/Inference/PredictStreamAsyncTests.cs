using FluentAssertions.Specialized;
using SkiaSharp;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Predictions;

namespace SsMfar.Tests.Inference;

/// <summary>One face from a stream that must not be read synchronously, as the body of a request.</summary>
public sealed class PredictStreamAsyncTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task A_stream_is_read_without_a_synchronous_read(int most)
    {
        byte[] png = Png(200);
        using PredictionEngine engine = new(new FakeNetwork());
        using Body body = new(png, most);

        AffectPrediction face = await engine.PredictAsync(body);

        face.Arousal.Should().Be(engine.Predict(png).Arousal).And.BeLessThan(-0.5f);
        body.Position.Should().Be(png.Length);
        body.CanRead.Should().BeTrue("it stays the caller's to close");
        body.Invoking(b => b.ReadByte()).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public async Task A_box_is_cut_out_and_one_outside_is_an_error()
    {
        byte[] png = Png(200);
        using PredictionEngine engine = new(new FakeNetwork());
        FaceBox right = new(FakeNetwork.Width / 2, 0, FakeNetwork.Width / 2, FakeNetwork.Height);

        (await engine.PredictAsync(new Body(png), right)).Arousal.Should().Be(engine.Predict(png, right).Arousal)
            .And.NotBe(engine.Predict(png).Arousal);
        await Refused(() => engine.PredictAsync(new Body(png), new FaceBox(900, 0, 4, 4)), "*outside the face box*");
    }

    [Fact]
    public async Task What_is_no_image_is_refused_after_its_first_bytes()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        using Body text = new(new byte[5_000_000], most: 16);

        await Refused(() => engine.PredictAsync(text), "*not an image of a known format*");

        text.Position.Should().BeLessThan(100);
        await Refused(() => engine.PredictAsync(new Body([])), "*it is empty*");
        await Refused(() => engine.PredictAsync(new Body(Png(3)[..60])), "*truncated*");
    }

    [Fact]
    public async Task What_the_stream_throws_comes_through_as_it_is()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        IOException gone = new("the client has gone");

        (await FluentActions.Awaiting(() => engine.PredictAsync(new Body(Png(1), 20, gone))).Should().ThrowAsync<IOException>())
            .Which.Should().BeSameAs(gone);
        FluentActions.Invoking(() => { _ = engine.PredictAsync((Stream)null!); }).Should().Throw<ArgumentNullException>();
        Body closed = new(Png(1));
        closed.Dispose();
        FluentActions.Invoking(() => { _ = engine.PredictAsync(closed); }).Should().Throw<ArgumentException>().WithMessage("*closed*");
    }

    [Fact]
    public async Task Reading_is_cancelled()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        using CancellationTokenSource stop = new();
        using Body never = new(Png(1), most: 20, stall: true);

        Task<AffectPrediction> running = engine.PredictAsync(never, cancellationToken: stop.Token);
        await stop.CancelAsync();

        await running.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task The_calling_thread_neither_decodes_nor_predicts()
    {
        using ManualResetEventSlim go = new();
        int running = -1;
        using PredictionEngine engine = new(new FakeNetwork
        {
            OnRun = () =>
            {
                running = Environment.CurrentManagedThreadId;
                go.Wait();
            },
        });

        // All is there at once, and the network waits for this thread.
        Task<AffectPrediction> prediction = engine.PredictAsync(new MemoryStream(Png(9)));
        int caller = Environment.CurrentManagedThreadId;
        go.Set();

        (await prediction).Arousal.Should().BeNegative();
        running.Should().NotBe(caller);
    }

    private static Task<ExceptionAssertions<ImageDecodeException>> Refused(Func<Task<AffectPrediction>> predict, string message) =>
        FluentActions.Awaiting(predict).Should().ThrowAsync<ImageDecodeException>().WithMessage(message);

    private static byte[] Png(byte red)
    {
        using SKBitmap bitmap = new(FakeNetwork.Width, FakeNetwork.Height);
        bitmap.Erase(SKColors.Black);
        for (int i = 0; i < FakeNetwork.Width / 2 * FakeNetwork.Height; i++)
        {
            bitmap.SetPixel(i % (FakeNetwork.Width / 2), i / (FakeNetwork.Width / 2), new(red, 0, 0));
        }

        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return encoded.ToArray();
    }

    /// <summary>Gives a few bytes at a time, asynchronously alone; then ends, fails or stalls.</summary>
    private sealed class Body(byte[] content, int most = 1000, Exception? failure = null, bool stall = false) : Stream
    {
        private bool _closed;

        public override bool CanRead => !_closed;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            if (Position > 0 && failure is not null)
            {
                throw failure;
            }

            if (Position > 0 && stall)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            int count = Math.Min(Math.Min(most, buffer.Length), content.Length - (int)Position);
            content.AsMemory((int)Position, count).CopyTo(buffer);
            Position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous reads are off.");

        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("Synchronous reads are off.");

        public override int ReadByte() => throw new InvalidOperationException("Synchronous reads are off.");

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _closed = true;
            base.Dispose(disposing);
        }
    }
}
