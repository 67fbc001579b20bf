using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using SsMfar.Reports;
using SsMfar.Tests.Metrics;

namespace SsMfar.Tests;

/// <summary>A page as a browser shows it: it asks for nothing, and fits a telephone.</summary>
public sealed partial class BrowserTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TcpListener _proxy = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _asked = [];

    public BrowserTests()
    {
        var (truth, predictions) = GroupedFaces.Draw(1, 200, 0.8, 0.5);
        AffectReport.Create(truth, predictions, new()
        {
            Bootstrap = new() { Resamples = 20 },
            Subgroups = ["group"],
            Card = new() { Licence = "ours" },
            LearningCurves = [new("Losses", [("total", [2, null, 1.5])])],
        }).Save(_folder.Path);
        _proxy.Start();
        _ = ListenAsync();
    }

    public void Dispose()
    {
        _proxy.Dispose();
        _folder.Dispose();
    }

    // Whatever the browser asks for goes through a proxy that only writes it down.
    [RequiresTool("chromium")]
    public async Task No_request_leaves_a_page_and_one_that_did_would_be_seen()
    {
        (await ShownAsync("report.html")).Should().Contain("<h1>How well faces are read</h1>");
        _asked.Where(line => !IsOfTheBrowser(line)).Should().BeEmpty();

        await File.WriteAllTextAsync(_folder.File("asking.html"), "<h1>Asks</h1><img src='http://asked.invalid/a.png'>");
        await ShownAsync("asking.html");
        _asked.Should().Contain(line => line.Contains("asked.invalid"), "else the above would say nothing");
    }

    // A script in a copy of the page writes down how wide it is.
    [RequiresToolTheory("chromium")]
    [InlineData(500)]
    [InlineData(1280)]
    public async Task A_page_is_no_wider_than_its_window(int width)
    {
        string source = await File.ReadAllTextAsync(_folder.File("report.html"));
        const string Measure = "<script>document.title='width '+document.documentElement.scrollWidth+' of '+window.innerWidth</script>";
        await File.WriteAllTextAsync(
            _folder.File("measured.html"), source.Replace("</body>", $"{Measure}</body>", StringComparison.Ordinal));

        Match found = Width().Match(await ShownAsync("measured.html", $"--window-size={width},900"));

        found.Success.Should().BeTrue();
        found.Groups[2].Value.Should().Be($"{width}");
        int.Parse(found.Groups[1].Value).Should().BeLessThanOrEqualTo(width);
    }

    // It looks for the time and for news of its own, whatever it shows.
    private static bool IsOfTheBrowser(string line) => OwnHosts().IsMatch(line);

    private async Task<string> ShownAsync(string page, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("chromium",
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions",
            $"--user-data-dir={_folder.File("profile")}", $"--proxy-server=127.0.0.1:{((IPEndPoint)_proxy.LocalEndpoint).Port}",
            .. arguments, "--dump-dom", new Uri(_folder.File(page)).AbsoluteUri,
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(10));
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        process.ExitCode.Should().Be(0, await errors);
        return await output;
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _proxy.AcceptTcpClientAsync();
                using StreamReader reader = new(client.GetStream());
                _asked.Enqueue(await reader.ReadLineAsync() ?? "");
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }

    [GeneratedRegex(@"^(GET|POST|CONNECT) (https?://)?[a-z0-9.-]+\.(google|googleapis|gstatic|gvt1)\.com[/:]")]
    private static partial Regex OwnHosts();

    [GeneratedRegex(@"<title>width (\d+) of (\d+)</title>")]
    private static partial Regex Width();
}
