using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using SsMfar.Tests.Onnx;

namespace SsMfar.Tests.WebApi;

/// <summary>The web sample as a process that listens, with a model of its own; started once for the tests of a class.</summary>
public sealed class WebSample : IAsyncLifetime
{
    private const string Listening = "Now listening on: ";

    private Process? _process;

    internal static string Program { get; } = Path.Combine(
        Repository.Root, "samples", "SsMfar.WebApi", "bin",
        typeof(WebSample).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration, "net10.0", "SsMfar.WebApi.dll");

    internal ExportedModel Model { get; } = new();

    internal HttpClient Client { get; private set; } = null!;

    internal int ProcessId => _process!.Id;

    internal Uri Address => Client.BaseAddress!;

    public async Task InitializeAsync()
    {
        _process = Process.Start(new ProcessStartInfo(ChildProcess.Dotnet, [Program, "--model", Model.Onnx, "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
        })!;
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        while (await _process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
            {
                Client = new(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(10) })
                {
                    BaseAddress = new(line[(at + Listening.Length)..].Trim()),
                    Timeout = TimeSpan.FromMinutes(10),
                };
                return;
            }
        }

        throw new InvalidOperationException("The server ended before it listened.");
    }

    public Task DisposeAsync()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.Dispose();
        Client?.Dispose();
        Model.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>The JSON of a reply with a status.</summary>
    internal static async Task<JsonElement> JsonAsync(HttpResponseMessage response, int status = 200)
    {
        string text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).Should().Be(status, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The words of a problem, which is told in the form that HTTP has for it.</summary>
    internal static async Task<string> ProblemAsync(HttpResponseMessage response, int status)
    {
        JsonElement problem = await JsonAsync(response, status);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        problem.GetProperty("status").GetInt32().Should().Be(status);
        return problem.GetProperty("detail").GetString()!;
    }
}
