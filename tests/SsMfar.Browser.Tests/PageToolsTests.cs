using System.Net;
using System.Net.Sockets;

namespace SsMfar.Tests.Browser;

/// <summary>The commands that build the page and serve it.</summary>
[Collection(PageTests.Name)]
public sealed class PageToolsTests(PageInstallation installation) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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

    [RequiresTool("npm")]
    public async Task A_link_stays_and_the_folder_that_it_leads_to_is_written()
    {
        string sample = await installation.SampleAsync(), model = BrowserModel.Write(_folder);
        string site = Directory.CreateDirectory(_folder.File("site")).FullName, link = _folder.File("link");
        Directory.CreateSymbolicLink(link, site);

        ChildProcess.Outcome built = await BrowserPage.BuildAsync(sample, "--model", model, "--out", link);

        built.ExitCode.Should().Be(0, built.Everything);
        new DirectoryInfo(link).LinkTarget.Should().Be(site);
        File.Exists(Path.Combine(site, "index.html")).Should().BeTrue();
        Directory.Delete(site, recursive: true);
        built = await BrowserPage.BuildAsync(sample, "--model", model, "--out", link);
        built.ExitCode.Should().Be(2, built.Everything);
        built.Error.Should().Contain($"{link} is a link that leads nowhere.");
    }

    [RequiresToolTheory("npm")]
    [InlineData("eighty", "'eighty' is no port. Give one from 0 to 65535")]
    [InlineData("65536", "'65536' is no port.")]
    [InlineData("0x50", "'0x50' is no port.")]
    public async Task A_server_without_a_port_says_so(string port, string expected)
    {
        ChildProcess.Outcome refused = await ServeAsync(_folder.Path, port);

        refused.ExitCode.Should().Be(2, refused.Everything);
        refused.Error.Should().StartWith(expected);
        refused.Output.Should().BeEmpty();
    }

    [RequiresTool("npm")]
    public async Task A_server_of_a_folder_that_is_not_there_or_at_a_port_that_is_taken_says_so()
    {
        string folder = _folder.File("nowhere");
        ChildProcess.Outcome refused = await ServeAsync(folder, "0");
        (refused.ExitCode, refused.Output).Should().Be((2, ""), refused.Everything);
        refused.Error.Should().StartWith($"There is no folder {folder}. Build the page first");

        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        string port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";
        refused = await ServeAsync(_folder.Path, port);
        (refused.ExitCode, refused.Output).Should().Be((2, ""), refused.Everything);
        refused.Error.Should().StartWith($"The port {port} is taken. Give another");
    }

    private async Task<ChildProcess.Outcome> ServeAsync(params string[] arguments) => await ChildProcess.RunAsync(
        "node", [Path.Combine(await installation.SampleAsync(), "tools/serve.mjs"), .. arguments]);
}
