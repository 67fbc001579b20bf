using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Playwright;
using SkiaSharp;
using SsMfar.Export;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.RenderedFaces;

namespace SsMfar.Tests.Browser;

/// <summary>What samples/SsMfar.Browser reads is what the library reads, and nothing leaves the machine.</summary>
public sealed class BrowserPageTests(BrowserPageTests.Installation installation)
    : IClassFixture<BrowserPageTests.Installation>, IDisposable
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
            byte[] face = Face(80, i);
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
        foreach (byte[] picture in Enumerable.Range(0, 3).Select(Scene))
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
    public async Task The_camera_is_read_until_it_is_stopped_and_nothing_leaves_the_machine()
    {
        string camera = _folder.File("camera.mjpeg");
        await using (FileStream file = File.Create(camera))
        {
            for (int frame = 0; frame < 30; frame++)
            {
                using SKBitmap bitmap = SKBitmap.Decode(Scene(1));
                using SKData jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 92);
                jpeg.SaveTo(file);
            }
        }

        await using BrowserPage page = await BrowserPage.OpenAsync(
            await installation.SampleAsync(), _folder, BrowserModel.Write(_folder), camera);
        (await page.Page.EvaluateAsync<bool>("crossOriginIsolated")).Should().BeTrue("the networks run on several threads then");
        ILocator button = page.Page.Locator("#camera"), status = page.Page.Locator("#status");
        await button.ClickAsync();
        await Assertions.Expect(page.Page.Locator("#faces li").First).ToContainTextAsync("valence");
        await UntilAsync(page.Page, "Number(document.getElementById('status').dataset.rate) > 0");
        await Assertions.Expect(status).ToContainTextAsync("frames a second");
        await button.ClickAsync();
        await Assertions.Expect(button).ToHaveTextAsync("Use the camera");
        await Assertions.Expect(status).ToHaveTextAsync("");

        page.Requests.Should().Contain(request => request.EndsWith("model.onnx", StringComparison.Ordinal)).And.OnlyContain(
            request => request.StartsWith(page.Address, StringComparison.Ordinal) || request.StartsWith("blob:", StringComparison.Ordinal));
        string refused = await page.Page.EvaluateAsync<string>("fetch('http://127.0.0.1:9/').then(() => 'sent', error => error.message)");
        refused.Should().NotBe("sent");
        (await page.Page.EvaluateAsync<bool>(
            """
            new Promise(resolve => {
              addEventListener('securitypolicyviolation', event => resolve(event.blockedURI.startsWith('http://127.0.0.1:9')));
              fetch('http://127.0.0.1:9/').catch(() => { });
              setTimeout(() => resolve(false), 60000);
            })
            """)).Should().BeTrue("the page's policy forbids it, not the network");
    }

    [RequiresTool("npm", "chromium")]
    public async Task A_camera_that_is_opened_when_something_else_was_asked_for_does_not_stay_on()
    {
        await using BrowserPage page = await BrowserPage.OpenAsync(
            await installation.SampleAsync(), _folder, BrowserModel.Write(_folder));
        ILocator button = page.Page.Locator("#camera"), status = page.Page.Locator("#status");

        // As where someone is asked for leave, and takes a while.
        await page.Page.EvaluateAsync(
            """
            () => {
              const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
              globalThis.opened = [];
              globalThis.answers = [];
              globalThis.live = () => opened.filter(stream => stream.getTracks().some(track => track.readyState === 'live')).length;
              navigator.mediaDevices.getUserMedia = async what => {
                await new Promise(answer => answers.push(answer));
                const stream = await open(what);
                opened.push(stream);
                return stream;
              };
            }
            """);

        await button.ClickAsync();
        await button.ClickAsync();
        await AnswerAsync();
        await Assertions.Expect(button).ToHaveTextAsync("Stop the camera");
        await UntilAsync(page.Page, "opened.length === 2 && live() === 1");
        await button.ClickAsync();
        await UntilAsync(page.Page, "live() === 0");

        await button.ClickAsync();
        await page.Page.SetInputFilesAsync(
            "#picture", new FilePayload { Name = "scene.png", MimeType = "image/png", Buffer = Scene(0) });
        await Assertions.Expect(status).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[1-9] faces?\\.$"));
        await AnswerAsync();
        await UntilAsync(page.Page, "opened.length === 3 && live() === 0");
        await Assertions.Expect(button).ToHaveTextAsync("Use the camera");
        await Assertions.Expect(status).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[1-9] faces?\\.$"));

        Task AnswerAsync() => page.Page.EvaluateAsync("answers.forEach(answer => answer())");
    }

    [RequiresTool("npm", "chromium")]
    public async Task Pictures_and_models_that_a_visitor_chooses_are_read_or_refused_in_words()
    {
        string model = BrowserModel.Write(_folder);
        await using BrowserPage page = await BrowserPage.OpenAsync(await installation.SampleAsync(), _folder, model);
        ILocator status = page.Page.Locator("#status"), faces = page.Page.Locator("#faces li");
        await Choose("#picture", "scene.png", Scene(0));
        await Assertions.Expect(status).ToHaveTextAsync(
            new System.Text.RegularExpressions.Regex("^[1-9] faces?\\.$"));
        await Assertions.Expect(faces.First).ToContainTextAsync("arousal");

        await Choose("#picture", "empty.png", Encoded(new SKBitmap(320, 240)));
        await Assertions.Expect(status).ToHaveTextAsync("No face was found.");
        await Choose("#picture", "notes.png", "no picture"u8.ToArray());
        await Assertions.Expect(status).ToHaveTextAsync("'notes.png' is no picture that this browser can read.");

        byte[] whole = await File.ReadAllBytesAsync(model);
        await Choose("#model", "cut.onnx", whole[..(whole.Length / 2)]);
        await Assertions.Expect(status).ToContainTextAsync("cut off");
        await Choose("#model", "other.onnx", [0x08, 0x08]);
        await Assertions.Expect(status).ToContainTextAsync("no ONNX model of SsMfar");
        await Choose("#model", "own.onnx", whole);
        await Assertions.Expect(status).ToHaveTextAsync("'own.onnx' is loaded.");

        // By its path: what is given as bytes comes to the browser as text, which takes minutes of a model.
        async Task Choose(string input, string name, byte[] content)
        {
            string file = _folder.File(name);
            await File.WriteAllBytesAsync(file, content);
            await page.Page.SetInputFilesAsync(input, file);
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

    [RequiresTool("npm", "chromium")]
    public async Task Networks_of_a_model_that_another_replaces_are_freed()
    {
        string model = BrowserModel.Write(_folder);
        await using BrowserPage page = await BrowserPage.OpenAsync(await installation.SampleAsync(), _folder, model);
        ILocator status = page.Page.Locator("#status");
        await page.Page.EvaluateAsync(
            """
            async () => {
              const { InferenceSession } = await import('./ort/ort.wasm.min.mjs');
              const create = InferenceSession.create.bind(InferenceSession);
              Object.assign(globalThis, { made: 0, freed: 0 });
              InferenceSession.create = async (...given) => {
                const session = await create(...given), release = session.release.bind(session);
                session.release = async () => {
                  await release();
                  freed++;
                };
                made++;
                return session;
              };
            }
            """);
        string scene = _folder.File("scene.png"), cut = _folder.File("cut.onnx");
        await File.WriteAllBytesAsync(scene, Scene(0));
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(model))[..5000]);
        await ReadAsync();
        await UntilAsync(page.Page, "made === 2 && freed === 0");

        await page.Page.SetInputFilesAsync("#model", model);
        await Assertions.Expect(status).ToContainTextAsync("is loaded.");
        await UntilAsync(page.Page, "made === 4 && freed === 2");
        await ReadAsync();

        // Of one that cannot be loaded the detector beside it is freed too.
        await page.Page.SetInputFilesAsync("#model", cut);
        await Assertions.Expect(status).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("error"));
        await UntilAsync(page.Page, "made === 5 && freed === 5");

        async Task ReadAsync()
        {
            await page.Page.SetInputFilesAsync("#picture", scene);
            await Assertions.Expect(status).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[1-9] faces?\\.$"));
        }
    }

    [RequiresTool("npm")]
    public async Task A_build_says_what_it_lacks()
    {
        string sample = await installation.SampleAsync(), model = _folder.File("model.onnx");
        (await BrowserPage.BuildAsync(sample)).Should().Match<ChildProcess.Outcome>(
            outcome => outcome.ExitCode == 2 && outcome.Error.StartsWith("Give the model: npm run build -- --model"));
        (await BrowserPage.BuildAsync(sample, "--model", model)).Should().Match<ChildProcess.Outcome>(
            outcome => outcome.ExitCode == 2 && outcome.Error.Contains(model) && outcome.Error.Contains("Check the path"));
        await File.WriteAllBytesAsync(model, [8, 8]);
        (await BrowserPage.BuildAsync(sample, "--model", model, "--detector", _folder.Path)).Should().Match<ChildProcess.Outcome>(
            outcome => outcome.ExitCode == 2 && outcome.Error.Contains("dotnet build src/SsMfar.Faces"));
    }

    [RequiresTool("npm")]
    public async Task A_folder_with_anything_but_a_page_is_not_replaced()
    {
        string sample = await installation.SampleAsync(), site = _folder.File("site"), notes = Path.Combine(site, "notes.txt");
        Directory.CreateDirectory(site);
        await File.WriteAllTextAsync(notes, "mine");
        string model = BrowserModel.Write(_folder);

        ChildProcess.Outcome refused = await BrowserPage.BuildAsync(sample, "--model", model, "--out", site);
        refused.ExitCode.Should().Be(2, refused.Everything);
        refused.Error.Should().Contain(notes).And.Contain("Give a folder of the page's own.");
        (await File.ReadAllTextAsync(notes)).Should().Be("mine");

        // Other pages have such names too.
        File.Delete(notes);
        string page = Path.Combine(site, "index.html");
        await File.WriteAllTextAsync(page, "my own page");
        refused = await BrowserPage.BuildAsync(sample, "--model", model, "--out", site);
        refused.ExitCode.Should().Be(2, refused.Everything);
        refused.Error.Should().Contain(site).And.Contain("ssmfar-page.txt");
        (await File.ReadAllTextAsync(page)).Should().Be("my own page");

        File.Delete(page);
        for (int time = 0; time < 2; time++)
        {
            ChildProcess.Outcome built = await BrowserPage.BuildAsync(sample, "--model", model, "--out", site);
            built.ExitCode.Should().Be(0, built.Everything);
        }

        File.Exists(page).Should().BeTrue();
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(site).Should().Be(
                File.GetUnixFileMode(Path.Combine(site, "src")), "whoever may read what is in it may read the page");
        }

        Directory.EnumerateFileSystemEntries(_folder.Path, ".page-*").Should().BeEmpty();
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
        byte[] picture = Encoded(bitmap);
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

    [RequiresTool("npm", "chromium")]
    public async Task What_could_not_be_loaded_is_tried_again()
    {
        await using BrowserPage page = await BrowserPage.OpenAsync(
            await installation.SampleAsync(), _folder, BrowserModel.Write(_folder));
        ILocator status = page.Page.Locator("#status");
        int asked = 0;
        await page.Page.RouteAsync("**/models/blazeface-*", route =>
            Interlocked.Increment(ref asked) == 1 ? route.AbortAsync() : route.ContinueAsync());

        await Choose();
        await Assertions.Expect(status).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("error"));
        await Choose();
        await Assertions.Expect(status).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[1-9] faces?\\.$"));

        Task Choose() => page.Page.SetInputFilesAsync(
            "#picture", new FilePayload { Name = $"scene{asked}.png", MimeType = "image/png", Buffer = Scene(0) });
    }

    private static float[] Numbers(AffectPrediction face) =>
        [.. face.Expression!.Probabilities, face.Valence!.Value, face.Arousal!.Value, .. face.ActionUnits!.Probabilities];

    private static byte[] Face(int size, int index)
    {
        using SKBitmap face = RenderedFaceSet.Render(
            new() { TrainingCount = 40, ValidationCount = 1, Size = size, Seed = 11 }, FaceSplit.Training, index);
        return Encoded(face);
    }

    // Three turned faces before a coloured wall.
    private static byte[] Scene(int number)
    {
        using SKBitmap scene = new(640, 480);
        using SKCanvas canvas = new(scene);
        canvas.Clear(new SKColor((byte)(60 + (30 * number)), 110, 140));
        (int Size, int X, int Y, float Degrees)[] places = [(200, 40, 60, 12), (150, 400, 40, -15), (180, 300, 260, 5)];
        foreach ((int size, int x, int y, float degrees) in places)
        {
            using SKBitmap face = SKBitmap.Decode(Face(224, (3 * number) + (x / 150)));
            canvas.Save();
            canvas.RotateDegrees(degrees, x + (size / 2f), y + (size / 2f));
            using SKPaint paint = new() { FilterQuality = SKFilterQuality.High };
            canvas.DrawBitmap(face, SKRect.Create(x, y, size, size), paint);
            canvas.Restore();
        }

        canvas.Flush();
        return Encoded(scene);
    }

    private static byte[] Encoded(SKBitmap bitmap)
    {
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>What npm installs, once for all tests and where one needs it.</summary>
    public sealed class Installation : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly Lazy<Task<string>> _sample;

        public Installation() => _sample = new(() => BrowserPage.InstallAsync(_folder));

        internal Task<string> SampleAsync() => _sample.Value;

        public void Dispose() => _folder.Dispose();
    }

    // Playwright's own wait evaluates its text within the page, which forbids that.
    private static async Task UntilAsync(IPage page, string condition)
    {
        bool isMet = false;
        for (int i = 0; i < 300 && !isMet; i++)
        {
            isMet = await page.EvaluateAsync<bool>(condition);
            await Task.Delay(isMet ? 0 : 100);
        }

        isMet.Should().BeTrue(condition);
    }
}
