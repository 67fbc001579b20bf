using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SkiaSharp;

namespace SsMfar.Tests.Browser;

/// <summary>What a visitor does on the page: pictures, models and the camera.</summary>
[Collection(PageTests.Name)]
public sealed class VisitorTests(PageInstallation installation) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("npm", "chromium")]
    public async Task The_camera_is_read_until_it_is_stopped_and_nothing_leaves_the_machine()
    {
        await using BrowserPage page = await BrowserPage.OpenAsync(
            await installation.SampleAsync(), _folder, BrowserModel.Write(_folder), Camera());
        (await page.Page.EvaluateAsync<bool>("crossOriginIsolated")).Should().BeTrue("the networks run on several threads then");
        ILocator button = page.Page.Locator("#camera"), status = page.Page.Locator("#status");
        await button.ClickAsync();
        await Assertions.Expect(page.Page.Locator("#faces li").First).ToContainTextAsync("valence");
        await page.UntilAsync("Number(document.getElementById('status').dataset.rate) > 0");
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
        await page.UntilAsync("opened.length === 2 && live() === 1");
        await button.ClickAsync();
        await page.UntilAsync("live() === 0");

        await button.ClickAsync();
        await page.Page.SetInputFilesAsync(
            "#picture", new FilePayload { Name = "scene.png", MimeType = "image/png", Buffer = Pictures.Scene(0) });
        await Assertions.Expect(status).ToHaveTextAsync(new Regex("^[1-9] faces?\\.$"));
        await AnswerAsync();
        await page.UntilAsync("opened.length === 3 && live() === 0");
        await Assertions.Expect(button).ToHaveTextAsync("Use the camera");
        await Assertions.Expect(status).ToHaveTextAsync(new Regex("^[1-9] faces?\\.$"));

        Task AnswerAsync() => page.Page.EvaluateAsync("answers.forEach(answer => answer())");
    }

    [RequiresTool("npm", "chromium")]
    public async Task Pictures_and_models_that_a_visitor_chooses_are_read_or_refused_in_words()
    {
        string model = BrowserModel.Write(_folder);
        await using BrowserPage page = await BrowserPage.OpenAsync(await installation.SampleAsync(), _folder, model);
        ILocator status = page.Page.Locator("#status"), faces = page.Page.Locator("#faces li");
        await Choose("#picture", "scene.png", Pictures.Scene(0));
        await Assertions.Expect(status).ToHaveTextAsync(
            new Regex("^[1-9] faces?\\.$"));
        await Assertions.Expect(faces.First).ToContainTextAsync("arousal");

        await Choose("#picture", "empty.png", Pictures.Encoded(new SKBitmap(320, 240)));
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
        (await page.Page.Locator("#model").InputValueAsync()).Should().BeEmpty("a browser tells of a file that is chosen again only then");

        // By its path: what is given as bytes comes to the browser as text, which takes minutes of a model.
        async Task Choose(string input, string name, byte[] content)
        {
            string file = _folder.File(name);
            await File.WriteAllBytesAsync(file, content);
            await page.Page.SetInputFilesAsync(input, file);
        }
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
        await File.WriteAllBytesAsync(scene, Pictures.Scene(0));
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(model))[..5000]);
        await ReadAsync();
        await page.UntilAsync("made === 2 && freed === 0");

        await page.Page.SetInputFilesAsync("#model", model);
        await Assertions.Expect(status).ToContainTextAsync("is loaded.");
        await page.UntilAsync("made === 4 && freed === 2");
        await ReadAsync();

        // Of one that cannot be loaded the detector beside it is freed, and the model before reads on.
        await page.Page.SetInputFilesAsync("#model", cut);
        await Assertions.Expect(status).ToHaveClassAsync(new Regex("error"));
        await page.UntilAsync("made === 5 && freed === 3");
        await ReadAsync();
        (await page.Page.EvaluateAsync<int>("made")).Should().Be(5);

        async Task ReadAsync()
        {
            await page.Page.SetInputFilesAsync("#picture", scene);
            await Assertions.Expect(status).ToHaveTextAsync(new Regex("^[1-9] faces?\\.$"));
        }
    }

    [RequiresTool("npm", "chromium")]
    public async Task Of_models_that_are_chosen_one_after_the_other_the_last_reads_whichever_arrives_first()
    {
        string plain = BrowserModel.Write(_folder), own = BrowserModel.Write(_folder, customDecoders: true);
        await using BrowserPage page = await BrowserPage.OpenAsync(await installation.SampleAsync(), _folder, plain, Camera());
        ILocator status = page.Page.Locator("#status"), faces = page.Page.Locator("#faces li");
        string scene = _folder.File("scene.png");
        await File.WriteAllBytesAsync(scene, Pictures.Scene(0));

        // The first model's bytes come when the second has long been read.
        await page.Page.EvaluateAsync(
            """
            () => {
              const read = File.prototype.arrayBuffer;
              let count = 0;
              File.prototype.arrayBuffer = async function () {
                if (count++ === 0) {
                  await new Promise(arrive => { globalThis.arrive = arrive; });
                  globalThis.arrived = true;
                }
                return read.call(this);
              };
            }
            """);
        await page.Page.SetInputFilesAsync("#model", plain);
        await page.UntilAsync("globalThis.arrive !== undefined");
        await page.Page.SetInputFilesAsync("#model", own);
        await Assertions.Expect(status).ToContainTextAsync("is loaded.");
        await ReadAsync();
        await page.Page.EvaluateAsync("arrive()");
        await page.UntilAsync("globalThis.arrived === true");
        await page.Page.EvaluateAsync(
            "async () => (await import('./src/reader.js')).FaceReader.load('./models/blazeface-back.onnx', './models/model.onnx')");
        await ReadAsync();

        // The camera has a reader of its own.
        await page.Page.Locator("#camera").ClickAsync();
        await Assertions.Expect(status).ToContainTextAsync("frames a second");
        await ExpectOwnAsync();

        async Task ReadAsync()
        {
            await page.Page.SetInputFilesAsync("#picture", scene);
            await Assertions.Expect(status).ToHaveTextAsync(new Regex("^[1-9] faces?\\.$"));
            await ExpectOwnAsync();
        }

        // Outputs of which only an application knows what they mean.
        Task ExpectOwnAsync() => Assertions.Expect(faces.First).ToHaveTextAsync(
            new Regex("^(?=.*expression( -?[0-9]+\\.[0-9]{2}){8})(?=.*action_units( -?[0-9]+\\.[0-9]{2}){8} and 4 more)"));
    }

    [RequiresTool("npm", "chromium")]
    public async Task Where_a_browser_gives_no_camera_the_page_says_to_whom_it_does()
    {
        await using BrowserPage page = await BrowserPage.OpenAsync(
            await installation.SampleAsync(), _folder, BrowserModel.Write(_folder));
        await page.Page.EvaluateAsync("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })");

        await page.Page.Locator("#camera").ClickAsync();

        await Assertions.Expect(page.Page.Locator("#status")).ToHaveTextAsync(
            "The camera cannot be used: browsers give it to pages over https, or of this machine, alone.");
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
        await Assertions.Expect(status).ToHaveClassAsync(new Regex("error"));
        await Choose();
        await Assertions.Expect(status).ToHaveTextAsync(new Regex("^[1-9] faces?\\.$"));

        Task Choose() => page.Page.SetInputFilesAsync(
            "#picture", new FilePayload { Name = $"scene{asked}.png", MimeType = "image/png", Buffer = Pictures.Scene(0) });
    }

    private string Camera()
    {
        string camera = _folder.File("camera.mjpeg");
        using FileStream file = File.Create(camera);
        using SKBitmap bitmap = SKBitmap.Decode(Pictures.Scene(1));
        using SKData jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 92);
        for (int frame = 0; frame < 30; frame++)
        {
            jpeg.SaveTo(file);
        }

        return camera;
    }
}
