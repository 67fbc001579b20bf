using SkiaSharp;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Tests.Inference;

/// <summary>Everything about prediction but the network.</summary>
public sealed partial class PredictionEngineTests
{
    [Fact]
    public void Outputs_are_decoded_by_their_tasks()
    {
        using var engine = new PredictionEngine(new FakeNetwork());
        double left = 204 / 255.0;

        AffectPrediction face = engine.Predict(FakeFaces.Image(204));

        double[] powers = [Math.Exp(left), Math.Exp(3 * left), Math.Exp(0.5)];
        face.Expression!.Probabilities.Should()
            .Equal(powers.Select(power => (float)(power / powers.Sum())), (a, b) => Math.Abs(a - b) < 1e-6);
        face.Expression.Name.Should().Be("wild");
        face.Valence.Should().Be(1, "1.2 is clamped");
        face.Arousal.Should().BeApproximately(-0.8f, 1e-6f);
        for (int unit = 0; unit < ActionUnits.Count; unit++)
        {
            face.ActionUnits!.Probabilities[unit].Should().BeApproximately((float)Sigmoid((left * unit) - 2), 1e-6f);
            face.ActionUnits[unit].Should().Be((left * unit) - 2 > 0);
        }
    }

    [Fact]
    public void Flip_averaging_is_the_mean_of_probabilities_and_of_clamped_affect_over_image_and_mirror_image()
    {
        var network = new FakeNetwork(
            (AffectTaskNames.Expression, new ExpressionDecoder(FakeNetwork.Classes)),
            (AffectTaskNames.ValenceArousal, new ValenceArousalDecoder()),
            (AffectTaskNames.ActionUnits, new ActionUnitDecoder()),
            ("age", new NumberDecoder()));
        using var plain = new PredictionEngine(network);
        using var engine = new PredictionEngine(network, new() { FlipAveraging = true });
        (byte left, byte right)[] images = [(255, 0), (30, 200), (0, 90)];

        PredictionItem[] items = [.. engine.PredictAll(
            images.Select(image => FaceImage.FromPixels(FakeFaces.Image(image.left, image.right))))];

        for (int i = 0; i < images.Length; i++)
        {
            AffectPrediction face = plain.Predict(FakeFaces.Image(images[i].left, images[i].right));
            AffectPrediction mirror = plain.Predict(FakeFaces.Image(images[i].right, images[i].left));
            AffectPrediction mean = items[i].GetPrediction();
            mean.Expression!.Probabilities.Should().Equal(
                face.Expression!.Probabilities.Zip(mirror.Expression!.Probabilities, (a, b) => (a + b) / 2), (a, b) => Math.Abs(
                    a - b) < 1e-6);
            mean.ActionUnits!.Probabilities.Should().Equal(
                face.ActionUnits!.Probabilities.Zip(mirror.ActionUnits!.Probabilities, (a, b) => (a + b) / 2), (a, b) => Math.Abs(
                    a - b) < 1e-6);
            mean.Valence.Should().BeApproximately((face.Valence + mirror.Valence) / 2, 1e-6f);
            ((float)mean.Custom["age"]).Should()
                .BeApproximately((images[i].left + images[i].right) / 510f, 1e-6f, "the outputs of other decoders are averaged");
            AffectPrediction alone = engine.Predict(FakeFaces.Image(images[i].left, images[i].right));
            alone.Expression!.Probabilities.Should().Equal(mean.Expression.Probabilities);
        }

        items[0].GetPrediction().Valence.Should().Be(0, "2 and -2 are clamped before they are averaged");
    }

    [Fact]
    public void The_mirror_image_is_the_image_from_right_to_left()
    {
        var network = new FakeNetwork();
        using var engine = new PredictionEngine(network, new() { FlipAveraging = true });
        byte[] pixels = [.. Enumerable.Range(0, 3 * FakeNetwork.Width * FakeNetwork.Height).Select(i => (byte)i)];

        engine.Predict(new RgbImage(FakeNetwork.Width, FakeNetwork.Height, pixels));

        network.LastPixels.AsSpan(0, pixels.Length).SequenceEqual(pixels).Should().BeTrue();
        network.LastPixels[pixels.Length..].Should().Equal(
            9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2, 21, 22, 23, 18, 19, 20, 15, 16, 17, 12, 13, 14);
    }

    [Fact]
    public void Thresholds_of_the_options_replace_those_of_the_model()
    {
        var model = new ActionUnitDecoder(Enumerable.Repeat(0.3f, ActionUnits.Count));
        var options = new PredictionOptions { ActionUnitThresholds = { [ActionUnit.AU12] = 0.9f, [ActionUnit.AU26] = 0.01f } };
        using var engine = new PredictionEngine(new FakeNetwork((AffectTaskNames.ActionUnits, model)), options);
        options.ActionUnitThresholds.Clear();

        ActionUnitPrediction units = engine.Predict(FakeFaces.Image(200)).ActionUnits!;

        units.Thresholds.Should()
            .Equal(ActionUnits.All.Select(unit => unit switch { ActionUnit.AU12 => 0.9f, ActionUnit.AU26 => 0.01f, _ => 0.3f }));
        units.Present.Should().Equal(ActionUnits.All.Where(unit => units.Probability(unit) > units.Thresholds[ActionUnits.IndexOf(unit)]));

        FluentActions.Invoking(() => new PredictionEngine(
            new FakeNetwork(("age", new NumberDecoder())),
            new() { ActionUnitThresholds = { [ActionUnit.AU1] = 0.5f } }))
            .Should().Throw<ArgumentException>().WithMessage("*ActionUnitThresholds*age*");
    }

    [Fact]
    public void Every_fault_of_the_options_is_named_at_once()
    {
        var options = new PredictionOptions
        {
            BatchSize = 0, DecodeThreads = -1, Decoder = null!, ActionUnitThresholds = { [ActionUnit.AU1] = 1, [(ActionUnit)77] = 0.5f },
        };

        PredictionFaults.Of(options).Should().HaveCount(5);
        FluentActions.Invoking(() => new PredictionEngine(new FakeNetwork(), options)).Should().Throw<ArgumentException>()
            .Which.Message.Should().ContainAll("BatchSize is 0", "DecodeThreads is -1", "Decoder is null", "AU1 the threshold 1", "77");
    }

    [Fact]
    public void A_model_whose_decoder_is_missing_or_unknown_is_refused_by_name()
    {
        FluentActions.Invoking(() => new PredictionEngine(new FakeNetwork(("age", null)))).Should().Throw<UnknownPartException>()
            .WithMessage("*'age'*");
        var network = new FakeNetwork(("age", new Halved()));
        FluentActions.Invoking(() => new PredictionEngine(network)).Should().Throw<UnknownPartException>()
            .WithMessage($"*'{Halved.Kind}'*number*With*");
        network.Disposals.Should().Be(0, "the caller still owns it");

        using var engine = new PredictionEngine(network, decoders: TaskDecoders.BuiltIn.With<Halved>());
        engine.Predict(FakeFaces.Image(255)).Custom["age"].Should().Be("0.5");
    }

    [Fact]
    public void Every_kind_of_input_gives_the_same_pixels_with_and_without_a_box()
    {
        var network = new FakeNetwork();
        using var engine = new PredictionEngine(network);
        using var folder = new TemporaryFolder();
        using SKBitmap bitmap = Pattern(40, 30);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        byte[] png = data.ToArray();
        string file = folder.File("a.png");
        File.WriteAllBytes(file, png);
        using var source = new FolderImageSource(folder.Path);
        RgbImage image = ImageDecoder.Default.Decode(png, "a.png");
        foreach (FaceBox? box in new FaceBox?[] { null, new(7, 3, 21, 17), new(30, 20, 50, 50) })
        {
            byte[] expected = new byte[3 * FakeNetwork.Width * FakeNetwork.Height];
            ImageResizer.Resize(image.Pixels, 40, 30, box ?? new(0, 0, 40, 30), expected, FakeNetwork.Width, FakeNetwork.Height);
            using var stream = new MemoryStream(png);
            foreach (Action predict in new Action[]
            {
                () => engine.Predict(file, box),
                () => engine.Predict(png, box),
                () => engine.Predict(stream, box),
                () => engine.Predict(bitmap, box),
                () => engine.Predict(image, box),
                () => engine.Predict(FaceImage.FromSource(source, "a.png", box)),
            })
            {
                predict();
                network.LastPixels.Should().Equal(expected);
            }
        }
    }

    [Fact]
    public void What_cannot_be_read_is_named()
    {
        using var engine = new PredictionEngine(new FakeNetwork());
        using var folder = new TemporaryFolder();
        using var source = new FolderImageSource(folder.Path);
        using var empty = new SKBitmap();
        var outside = new FaceBox(50, 0, 9, 9);

        Refused(() => engine.Predict(folder.File("none.png")), "none.png");
        Refused(() => engine.Predict(new byte[] { 1, 2 }), "image");
        Refused(() => engine.Predict(new MemoryStream()), "stream");
        Refused(() => engine.Predict(new BrokenStream()), "stream", "torn");
        Refused(() => engine.Predict(empty), "bitmap");
        Refused(() => engine.Predict(FakeFaces.Image(1), outside), "pixels", "outside the face box");
        Refused(() => engine.Predict(FakeFaces.Image(1), new FaceBox(0, 0, 0, 2)), "outside the face box");
        Refused(() => engine.Predict(FaceImage.FromSource(source, "../a.png")), "../a.png");

        static void Refused(Action predict, params string[] words) =>
            predict.Should().Throw<ImageDecodeException>().Which.Message.Should().ContainAll(words);
    }

    [Fact]
    public void Many_keep_their_order_and_a_bad_image_is_a_failed_item()
    {
        var network = new FakeNetwork();
        using var engine = new PredictionEngine(network, new() { BatchSize = 7, DecodeThreads = 3 });
        FaceImage[] faces = [.. Enumerable.Range(0, 30).Select(i => i % 10 == 4 ? FakeFaces.Broken($"broken {i}") : FakeFaces.Face(i))];
        var counts = new List<int>();

        IReadOnlyList<PredictionItem> items = engine.PredictAll(faces, new Counter(counts));

        Check(items, faces);
        counts.Should().Equal(7, 14, 21, 28, 30);
        network.Batches.Should().Equal(6, 7, 6, 6, 2);
        engine.PredictAll([]).Should().BeEmpty();
        engine.PredictAll([FakeFaces.Broken()]).Should().ContainSingle().Which.Succeeded.Should().BeFalse();
    }

    [Fact]
    public void Flip_averaging_halves_the_batch_so_that_memory_stays()
    {
        var network = new FakeNetwork();
        using var engine = new PredictionEngine(network, new() { BatchSize = 5, FlipAveraging = true });

        engine.PredictAll(Enumerable.Range(0, 5).Select(FakeFaces.Face));

        network.Batches.Should().Equal(4, 4, 2);
    }

    [Fact]
    public void Cancellation_stops_between_batches_and_what_a_source_throws_comes_out()
    {
        using var stop = new CancellationTokenSource();
        using var engine = new PredictionEngine(new FakeNetwork { OnRun = stop.Cancel });

        FluentActions.Invoking(() => engine.PredictAll(Enumerable.Range(0, 20).Select(FakeFaces.Face), null, stop.Token)).Should()
            .Throw<OperationCanceledException>();
        using var source = new FailingSource();
        FluentActions.Invoking(() => engine.PredictAll(source, ["a", "b", "c"])).Should().Throw<TimeZoneNotFoundException>();
    }

    [Fact]
    public void A_disposed_engine_disposes_its_network_once_and_refuses_work()
    {
        var network = new FakeNetwork();
        var engine = new PredictionEngine(network);

        engine.Dispose();
        engine.Dispose();

        network.Disposals.Should().Be(1);
        FluentActions.Invoking(() => engine.Predict(FakeFaces.Face(1))).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => engine.PredictAll([])).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => engine.PredictAsync([])).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_folder_lists_its_images_by_name()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("b"));
        foreach (string name in new[] { "c.JPG", "b/a.png", "b/z.txt", "a.webp", "B.jpeg" })
        {
            File.WriteAllBytes(folder.File(name), []);
        }

        using var source = new FolderImageSource(folder.Path);
        source.GetImageNames().Should().Equal("B.jpeg", "a.webp", "b/a.png", "c.JPG");
    }

    internal static void Check(IReadOnlyList<PredictionItem> items, FaceImage[] faces)
    {
        items.Select(item => item.Index).Should().Equal(Enumerable.Range(0, faces.Length));
        foreach (PredictionItem item in items)
        {
            item.Face.Should().BeSameAs(faces[item.Index]);
            item.Succeeded.Should().Be(!item.Name.StartsWith("broken", StringComparison.Ordinal));
            (item.Error is null).Should().Be(item.Succeeded);
            ((ImageDecodeException?)item.Error)?.ImageName.Should().Be(item.Name);
            item.Prediction?.Arousal.Should().BeApproximately(FakeFaces.Arousal(item.Index), 1e-6f);
        }
    }
}
