using System.Runtime.CompilerServices;
using SkiaSharp;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Predictions;
using SsMfar.Tests.Imaging;

namespace SsMfar.Tests.Inference;

/// <summary>
/// Bitmaps, streams and predictors that are disposed too early, which is an exception or nothing at all, but never the end of the process.
/// </summary>
public sealed class DisposedInputTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public void A_disposed_bitmap_is_refused_by_name()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        SKBitmap bitmap = TestImages.Quarters(8, 8);
        bitmap.Dispose();

        FluentActions.Invoking(() => FaceImage.FromBitmap(bitmap))
            .Should().Throw<ObjectDisposedException>().WithMessage("*bitmap is disposed*SKBitmap*");
        FluentActions.Invoking(() => ImageDecoder.FromBitmap(bitmap)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => engine.Predict(bitmap)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_bitmap_may_be_disposed_or_painted_over_once_the_face_is_made()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        SKBitmap disposed = Red(255), painted = Red(255);
        FaceImage first = FaceImage.FromBitmap(disposed), second = FaceImage.FromBitmap(painted);
        disposed.Dispose();
        painted.Erase(SKColors.Black);

        engine.Predict(first).Arousal.Should().Be(-1);
        engine.Predict(second).Arousal.Should().Be(-1);
        painted.Dispose();
    }

    [Fact]
    public async Task An_iterator_may_dispose_each_bitmap_when_the_next_is_asked_for()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        int index = 0;
        await foreach (PredictionItem item in engine.PredictAsync(Frames()))
        {
            item.GetPrediction().Arousal.Should().BeApproximately(FakeFaces.Arousal(index++), 1e-5f);
        }

        index.Should().Be(200);
        static async IAsyncEnumerable<FaceImage> Frames()
        {
            for (int i = 0; i < 200; i++)
            {
                using SKBitmap bitmap = Red((byte)i);
                yield return FaceImage.FromBitmap(bitmap);
                await Task.Yield();
            }
        }
    }

    [Fact]
    public void A_bitmap_that_nobody_holds_any_more_was_read_before_it_is_collected()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        FaceImage[] faces = [.. Enumerable.Range(0, 50).Select(Forgotten)];
        GC.Collect();
        GC.WaitForPendingFinalizers();

        faces.Select(face => engine.Predict(face).Arousal!.Value).Should().Equal(Enumerable.Range(0, 50).Select(FakeFaces.Arousal));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static FaceImage Forgotten(int i) => FaceImage.FromBitmap(Red((byte)i));
    }

    [Fact]
    public void A_closed_stream_is_named()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        MemoryStream stream = new(TestImages.Encode(TestImages.Quarters(8, 8)));
        FaceImage face = FaceImage.FromStream(stream, name: "upload");
        stream.Dispose();

        FluentActions.Invoking(() => engine.Predict(face))
            .Should().Throw<ObjectDisposedException>().WithMessage("*'upload'*closed before*");
        FluentActions.Invoking(() => engine.PredictAll([face])).Should().Throw<ObjectDisposedException>().WithMessage("*'upload'*");
        FluentActions.Invoking(() => FaceImage.FromStream(stream))
            .Should().Throw<ArgumentException>().WithMessage("*closed, or open for writing*");
    }

    [Fact]
    public void A_disposed_archive_is_named()
    {
        using PredictionEngine engine = new(new FakeNetwork());
        using ImageFolder folder = new(1);
        string zip = folder.Path("a.zip");
        System.IO.Compression.ZipFile.CreateFromDirectory(folder.Path("images"), zip);
        ZipImageSource source = new(zip);
        FaceImage face = FaceImage.FromSource(source, folder.Names[0]);
        source.Dispose();

        FluentActions.Invoking(() => engine.Predict(face)).Should().Throw<ObjectDisposedException>().WithMessage("*ZipImageSource*");
    }

    [Fact]
    public async Task A_predictor_disposed_while_it_runs_keeps_its_network_until_the_run_is_through()
    {
        using ManualResetEventSlim running = new(), goOn = new();
        FakeNetwork network = new()
        {
            OnRun = () =>
            {
                running.Set();
                goOn.Wait(Patience).Should().BeTrue();
            },
        };
        PredictionEngine engine = new(network);
        Task<AffectPrediction> prediction = Task.Run(() => engine.Predict(FakeFaces.Face(51)));
        running.Wait(Patience).Should().BeTrue();

        engine.Dispose();
        engine.Dispose();
        network.Disposals.Should().Be(0, "it is running");
        engine.Invoking(e => e.Predict(FakeFaces.Face(1))).Should().Throw<ObjectDisposedException>().WithMessage("*PredictionEngine*");
        goOn.Set();

        (await prediction.WaitAsync(Patience)).Arousal.Should().BeApproximately(FakeFaces.Arousal(51), 1e-5f);
        network.Disposals.Should().Be(1);
    }

    private static SKBitmap Red(byte value)
    {
        SKBitmap bitmap = new(new SKImageInfo(FakeNetwork.Width, FakeNetwork.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        bitmap.Erase(new SKColor(value, 0, 0));
        return bitmap;
    }
}
