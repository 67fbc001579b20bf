using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using SkiaSharp;
using SsMfar.Export;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Onnx;
using SsMfar.Predictions;

namespace SsMfar.Tests.Browser;

/// <summary>What samples/SsMfar.Browser reads is what the library reads.</summary>
[Collection(PageTests.Name)]
public sealed class BrowserPageTests(PageInstallation installation) : IDisposable
{
    private const double Exact = 1e-3;

    // Every number of a reading, as Numbers gives them.
    private const string Flat =
        "r => [...r.expression.probabilities, r.valence, r.arousal, ...r.actionUnits.map(unit => unit.probability)]";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresToolTheory("npm", "chromium")]
    [InlineData(ChannelOrder.Rgb, OnnxInput.Pixels)]
    [InlineData(ChannelOrder.Bgr, OnnxInput.NormalizedImages)]
    public async Task A_face_is_read_as_the_predictor_reads_it(ChannelOrder order, OnnxInput input)
    {
        string model = BrowserModel.Write(_folder, order: order, input: input);
        using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(model);
        await using BrowserPage page = await BrowserPage.OpenAsync(await installation.SampleAsync(), _folder, model);
        List<float[]> readings = [];
        for (int i = 0; i < 20; i++)
        {
            byte[] face = Pictures.Face(80, i);
            AffectPrediction expected = predictor.Predict(FaceImage.FromBytes(face));
            JsonElement seen = await page.Page.EvaluateAsync<JsonElement>(
                $$"""
                async face => {
                  const { AffectModel } = await import('./src/model.js');
                  const { decode, resize } = await import('./src/pictures.js');
                  globalThis.affect ??= await AffectModel.load(new Uint8Array(await (await fetch('./models/model.onnx')).arrayBuffer()));
                  const picture = await decode(new Blob([Uint8Array.from(atob(face), c => c.charCodeAt(0))]));
                  const { width, height } = affect.size;
                  const part = { x: 0, y: 0, width: picture.width, height: picture.height };
                  const reading = await affect.predict(resize(picture, part, width, height), width, height);
                  return {
                    numbers: ({{Flat}})(reading), name: reading.expression.name, present: reading.actionUnits.map(unit => unit.isPresent),
                  };
                }
                """, Convert.ToBase64String(face));
            float[] numbers = Numbers(expected);
            seen.GetProperty("numbers").Deserialize<double[]>().Should().Equal(numbers, (a, b) => Math.Abs(a - b) <= Exact);
            seen.GetProperty("name").GetString().Should().Be(expected.Expression!.Name);
            seen.GetProperty("present").Deserialize<bool[]>().Should().Equal(
                Enumerable.Range(0, expected.ActionUnits!.Probabilities.Length).Select(unit => expected.ActionUnits[unit]));
            readings.Add(numbers);
        }

        Enumerable.Range(0, readings[0].Length).Max(number => readings.Max(r => r[number]) - readings.Min(r => r[number]))
            .Should().BeGreaterThan(20 * (float)Exact, "a model that sees no difference shows nothing");
    }

    [RequiresToolTheory("npm", "chromium")]
    [InlineData("arcface5")]
    [InlineData("blazeface6")]
    [InlineData(null)]
    public async Task Faces_of_a_picture_are_found_aligned_and_read_as_FaceReader_does(string? template)
    {
        string model = BrowserModel.Write(
            _folder, template is null ? null : FaceTemplate.Named(template) with { Size = BrowserModel.Size });
        using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(model);
        using FaceReader reader = FaceReader.Create(predictor);
        await using BrowserPage page = await BrowserPage.OpenAsync(await installation.SampleAsync(), _folder, model);
        int faces = 0;
        foreach (byte[] picture in Enumerable.Range(0, 3).Select(Pictures.Scene))
        {
            FaceResult[] expected = [.. reader.Read(FaceImage.FromBytes(picture)).Faces];
            JsonElement[] seen = (await page.Page.EvaluateAsync<JsonElement>(
                $$"""
                async picture => {
                  const { FaceReader } = await import('./src/reader.js');
                  const { decode } = await import('./src/pictures.js');
                  globalThis.faceReader ??= await FaceReader.load('./models/blazeface-back.onnx', './models/model.onnx');
                  const pixels = await decode(new Blob([Uint8Array.from(atob(picture), c => c.charCodeAt(0))]));
                  return (await faceReader.read(pixels)).map(face => ({
                    place: [face.box.x, face.box.y, face.box.width, face.box.height, ...face.points], score: face.score,
                    numbers: ({{Flat}})(face.reading),
                  }));
                }
                """, Convert.ToBase64String(picture))).EnumerateArray().ToArray();
            seen.Should().HaveSameCount(expected);
            foreach ((FaceResult face, JsonElement other) in expected.Zip(seen))
            {
                float[] place =
                [
                    face.Face.Box.X, face.Face.Box.Y, face.Face.Box.Width, face.Face.Box.Height,
                    .. face.Face.Landmarks.SelectMany(point => new[] { (float)point.X, (float)point.Y }),
                ];
                other.GetProperty("place").Deserialize<double[]>().Should().Equal(place, (a, b) => Math.Abs(a - b) <= 0.02);
                other.GetProperty("score").GetDouble().Should().BeApproximately(face.Face.Score, Exact);
                other.GetProperty("numbers").Deserialize<double[]>().Should().Equal(
                    Numbers(face.Prediction!), (a, b) => Math.Abs(a - b) <= Exact);
                faces++;
            }
        }

        faces.Should().BeGreaterThanOrEqualTo(6, "scenes without faces show nothing");
    }

    [RequiresTool("npm", "chromium")]
    public async Task Views_and_searches_are_bounded_as_in_the_library()
    {
        DetectorLayout layout = DetectorLayout.Of(new(
            [new("input", [1, 256, 256, 3])], [new("scores", [1, 896, 1]), new("boxes", [1, 896, 16])]))!;
        await using BrowserPage page = await BrowserPage.OpenAsync(
            await installation.SampleAsync(), _folder, BrowserModel.Write(_folder));
        foreach ((int width, int height, int smallest) in new[] { (640, 480, 48), (4000, 3000, 48), (9400, 9400, 8), (65_535, 8, 8) })
        {
            double[] views = await page.Page.EvaluateAsync<double[]>(
                """
                async ([width, height, side, ofNetwork, smallest]) => {
                  const { viewsOf } = await import('./src/views.js');
                  return viewsOf({ width, height }, side, ofNetwork, smallest).flatMap(view => [view.left, view.top, view.scale]);
                }
                """, new double[] { width, height, layout.Width, layout.SmallestFace, smallest });
            views.Should().Equal(
                DetectorView.Bounded(width, height, layout, smallest).SelectMany(view => new[] { view.Left, view.Top, view.Scale }),
                (a, b) => Math.Abs(a - b) <= 1e-6);
        }

        foreach ((int width, int height) in new[] { (4000, 1), (7, 400), (4000, 9), (8, 400), (300, 200) })
        {
            int runs = 0;
            float[] scores = [.. Enumerable.Repeat(-10f, 896)];
            using FaceSearch search = new(new(width, height, new byte[3 * width * height]), layout, _ =>
            {
                runs++;
                return [scores, new float[896 * 16]];
            });
            search.Run(0.5f, 48, 0.3f, default).Should().BeEmpty();
            (await page.Page.EvaluateAsync<int>(
                """
                async ([width, height]) => {
                  const { FaceDetector } = await import('./src/detector.js');
                  let runs = 0;
                  const detector = new FaceDetector({
                    inputMetadata: [{ name: 'input', shape: [1, 256, 256, 3] }],
                    outputMetadata: [{ name: 'scores', shape: [1, 896, 1] }, { name: 'boxes', shape: [1, 896, 16] }],
                    run: async () => {
                      runs++;
                      return { scores: { data: new Float32Array(896).fill(-10) }, boxes: { data: new Float32Array(896 * 16) } };
                    },
                  });
                  await detector.detect({ width, height, data: new Uint8ClampedArray(4 * width * height) });
                  return runs;
                }
                """, new[] { width, height })).Should().Be(runs, $"{width} x {height}");
        }
    }

    [RequiresTool("npm", "chromium")]
    public async Task Outputs_of_built_in_tasks_with_decoders_of_ones_own_are_among_the_others()
    {
        string model = BrowserModel.Write(_folder, customDecoders: true);
        await using BrowserPage page = await BrowserPage.OpenAsync(await installation.SampleAsync(), _folder, model);

        using JsonDocument reading = JsonDocument.Parse(await page.Page.EvaluateAsync<string>(
            """
            async side => {
              const { AffectModel } = await import('./src/model.js');
              const affect = await AffectModel.load(new Uint8Array(await (await fetch('./models/model.onnx')).arrayBuffer()));
              return JSON.stringify(await affect.predict(new Uint8Array(side * side * 3), side, side));
            }
            """, BrowserModel.Size));

        reading.RootElement.EnumerateObject().Select(member => member.Name).Should().Equal("others");
        reading.RootElement.GetProperty("others").EnumerateObject().Select(task => (task.Name, task.Value.GetArrayLength())).Should()
            .BeEquivalentTo([("expression", 8), ("action_units", 12), ("valence_arousal", 2)]);
    }

    [RequiresToolTheory("npm", "chromium")]
    [InlineData("valence_arousal", 1, "Infinity")]
    [InlineData("expression", 0, "NaN")]
    [InlineData("action_units", 11, "-Infinity")]
    public async Task Outputs_that_are_no_numbers_are_no_reading(string task, int output, string value)
    {
        await using BrowserPage page = await BrowserPage.OpenAsync(
            await installation.SampleAsync(), _folder, BrowserModel.Write(_folder));

        string[] said = await page.Page.EvaluateAsync<string[]>(
            """
            async ([scene, task, output, value]) => {
              const { AffectModel } = await import('./src/model.js');
              const { FaceReader } = await import('./src/reader.js');
              const { decode } = await import('./src/pictures.js');
              const reader = await FaceReader.load('./models/blazeface-back.onnx', './models/model.onnx');
              const raw = { 'expression.raw': 8, 'valence_arousal.raw': 2, 'action_units.raw': 12 };
              const outputs = Object.fromEntries(Object.entries(raw).flatMap(([name, width]) => [
                [name, { data: new Float32Array(width) }], [name.replace('.raw', ''), { data: new Float32Array(width) }],
              ]));
              outputs[`${task}.raw`].data[output] = Number(value);
              reader.model = new AffectModel(
                { inputNames: ['pixels'], outputNames: Object.keys(outputs), run: async () => outputs }, reader.model.metadata);
              const faces = await reader.read(await decode(new Blob([Uint8Array.from(atob(scene), c => c.charCodeAt(0))])));
              return faces.map(face => face.error?.message ?? 'read');
            }
            """,
            new object[] { Convert.ToBase64String(Pictures.Scene(0)), task, output, value });

        said.Should().NotBeEmpty().And.OnlyContain(text => text.StartsWith(
            FormattableString.Invariant($"Output {output} of the task '{task}' is {value}, which is no prediction")));
    }

    [RequiresTool("npm", "chromium")]
    public async Task A_profile_of_colours_is_ignored_as_the_library_does()
    {
        await using BrowserPage page = await BrowserPage.OpenAsync(
            await installation.SampleAsync(), _folder, BrowserModel.Write(_folder));
        SKImageInfo info = new(
            4, 4, SKColorType.Rgba8888, SKAlphaType.Opaque,
            SKColorSpace.CreateRgb(SKColorSpaceTransferFn.Srgb, SKColorSpaceXyz.DisplayP3));
        using SKBitmap bitmap = new(info);
        byte[] pixels = [.. Enumerable.Range(0, 16).SelectMany(_ => new byte[] { 200, 30, 60, 255 })];
        Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        byte[] picture = Pictures.Encoded(bitmap);
        byte[] expected = ImageDecoder.Default.Decode(picture.AsSpan(), "picture").Pixels.ToArray()[..3];
        expected.Should().Equal(200, 30, 60);

        (await page.Page.EvaluateAsync<int[]>(
            """
            async picture => {
              const { decode } = await import('./src/pictures.js');
              const { data } = await decode(new Blob([Uint8Array.from(atob(picture), c => c.charCodeAt(0))]));
              return [data[0], data[1], data[2]];
            }
            """, Convert.ToBase64String(picture))).Should().Equal(200, 30, 60);
    }

    private static float[] Numbers(AffectPrediction face) =>
        [.. face.Expression!.Probabilities, face.Valence!.Value, face.Arousal!.Value, .. face.ActionUnits!.Probabilities];
}
