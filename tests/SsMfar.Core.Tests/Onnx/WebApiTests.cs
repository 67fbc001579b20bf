using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text.Json;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Tests.Runtime;

namespace SsMfar.Tests.Onnx;

/// <summary>The web sample, as a process that is asked over HTTP.</summary>
public sealed class WebApiTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    private const string Listening = "Now listening on: ";

    private static readonly string s_program = Path.Combine(
        Repository.Root, "samples", "SsMfar.WebApi", "bin",
        typeof(WebApiTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration, "net10.0", "SsMfar.WebApi.dll");

    [Fact]
    public async Task AnImageIsPostedAndJsonComesBack()
    {
        using Process server = Start(model.Onnx);
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(2) };
            using var client = new HttpClient(handler) { BaseAddress = await AddressAsync(server, timeout.Token) };
            using OnnxAffectPredictor predictor = model.Load();
            await Task.WhenAll(model.Faces.Take(8).Select(face => ShouldAgreeAsync(client, face, predictor.Predict(face), timeout.Token)));

            JsonElement description = await JsonAsync(await client.GetAsync("/model", timeout.Token));
            description.GetProperty("width").GetInt32().Should().Be(64);
            description.GetProperty("expressionClasses").EnumerateArray().Select(name => name.GetString()).Should().Equal(predictor.Metadata.ExpressionClasses);
            AffectPrediction boxed = predictor.Predict(model.Faces[0], new(8, 4, 60, 70));
            await ShouldAgreeAsync(client, model.Faces[0], boxed, timeout.Token, "?x=8&y=4&width=60&height=70");

            using HttpResponseMessage noImage = await client.PostAsync("/predict", new ByteArrayContent([1, 2, 3]), timeout.Token);
            using HttpResponseMessage noBox = await client.PostAsync("/predict?x=8&y=4", new ByteArrayContent([1, 2, 3]), timeout.Token);

            // It is refused by its length, before it is sent.
            using var large = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = new ByteArrayContent(new byte[11 << 20]) };
            large.Headers.ExpectContinue = true;
            using HttpResponseMessage tooLarge = await client.SendAsync(large, timeout.Token);
            noImage.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            (await noImage.Content.ReadAsStringAsync(timeout.Token)).Should().Contain("image");
            noBox.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            tooLarge.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task AModelThatCannotBeLoadedEndsTheProgramAtOnce()
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(ChildProcess.Dotnet, [s_program, "--model", model.PathOf("none.onnx"), "--urls", "http://127.0.0.1:0"]);

        outcome.ExitCode.Should().NotBe(0);
        outcome.Everything.Should().Contain("none.onnx").And.Contain("no such file").And.NotContain(Listening);
    }

    private static Process Start(string onnx) => Process.Start(
        new ProcessStartInfo(ChildProcess.Dotnet, [s_program, "--model", onnx, "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true })!;

    private static async Task<Uri> AddressAsync(Process server, CancellationToken cancellationToken)
    {
        while (await server.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
            {
                return new(line[(at + Listening.Length)..].Trim());
            }
        }

        throw new InvalidOperationException("The server ended before it listened.");
    }

    private static async Task ShouldAgreeAsync(
        HttpClient client, string face, AffectPrediction expected, CancellationToken cancellationToken, string query = "")
    {
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(face, cancellationToken));
        using HttpResponseMessage response = await client.PostAsync($"/predict{query}", content, cancellationToken);
        JsonElement reply = await JsonAsync(response);

        reply.GetProperty("expression").GetString().Should().Be(expected.Expression!.Name);
        reply.GetProperty("actionUnits").EnumerateArray().Select(unit => unit.GetString()).Should().Equal(expected.ActionUnits!.Present.Select(unit => unit.ToString()));
        IEnumerable<double> numbers =
        [
            .. reply.GetProperty("expressionProbabilities").EnumerateObject().Select(pair => pair.Value.GetDouble()),
            reply.GetProperty("valence").GetDouble(),
            reply.GetProperty("arousal").GetDouble(),
            .. reply.GetProperty("actionUnitProbabilities").EnumerateObject().Select(pair => pair.Value.GetDouble()),
        ];
        numbers.Zip(ExportedModel.Numbers(expected), (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-5);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
