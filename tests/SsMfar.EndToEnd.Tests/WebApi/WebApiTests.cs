using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.Json;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Tests.Onnx;

namespace SsMfar.Tests.WebApi;

/// <summary>The web sample, as a process that is asked over HTTP.</summary>
public sealed class WebApiTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    private const string Listening = "Now listening on: ";

    private static readonly string Program = Path.Combine(
        Repository.Root, "samples", "SsMfar.WebApi", "bin",
        typeof(WebApiTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration, "net10.0", "SsMfar.WebApi.dll");

    [Fact]
    public async Task An_image_is_posted_and_json_comes_back()
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
            description.GetProperty("expressionClasses").EnumerateArray().Select(name => name.GetString()).Should()
                .Equal(predictor.Metadata.ExpressionClasses);
            AffectPrediction boxed = predictor.Predict(model.Faces[0], new(8, 4, 60, 70));
            await ShouldAgreeAsync(client, model.Faces[0], boxed, timeout.Token, "?x=8&y=4&width=60&height=70");
            await ShouldAgreeAsync(client, model.Faces[0], boxed, timeout.Token, "?x=8.3&y=3.6&width=59.9&height=7.01e1");

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

    [Theory]
    [InlineData("?x=8&y=4", "width is missing")]
    [InlineData("?x=abc&y=4&width=5&height=5", "x is 'abc'")]
    [InlineData("?x=1&y=4,5&width=5&height=5", "y is '4,5'")]
    [InlineData("?x=1&y=4&width=NaN&height=5", "width is 'NaN'")]
    [InlineData("?x=1&y=4&width=5&height=1e300", "height is '1e300'")]
    [InlineData("?x=1&y=4&width=0.0&height=5", "width and height above 0")]
    [InlineData("?x=500.5&y=4&width=5&height=5", "outside the face box")]
    public async Task A_box_that_cannot_be_used_is_named(string query, string problem)
    {
        using Process server = Start(model.Onnx);
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            using var client = new HttpClient { BaseAddress = await AddressAsync(server, timeout.Token) };
            using var face = new ByteArrayContent(await File.ReadAllBytesAsync(model.Faces[0], timeout.Token));
            using HttpResponseMessage response = await client.PostAsync($"/predict{query}", face, timeout.Token);

            response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            string text = await response.Content.ReadAsStringAsync(timeout.Token);
            JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString().Should().Contain(problem);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    [LinuxFact]
    public async Task Small_files_of_large_images_take_turns()
    {
        using Process server = Start(model.Onnx);
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        try
        {
            Uri address = await AddressAsync(server, timeout.Token);
            using var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(4) };
            byte[] large = TestImages.EmptyPng(7000, 7000), tooLarge = TestImages.EmptyPng(9400, 9400);
            large.Length.Should().BeLessThan(300_000);
            await ShouldAnswerAsync(await File.ReadAllBytesAsync(model.Faces[0], timeout.Token), HttpStatusCode.OK);
            long before = PeakMegabytes(server);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ShouldAnswerAsync(large, HttpStatusCode.OK)));
            long after = PeakMegabytes(server);
            await ShouldAnswerAsync(tooLarge, HttpStatusCode.BadRequest);

            // One image of 49 megapixels takes 196 MB; eight at once took eight times as much, and kept it.
            (after - before).Should().BeInRange(100, 450);
            async Task ShouldAnswerAsync(byte[] image, HttpStatusCode status)
            {
                using var content = new ByteArrayContent(image);
                using HttpResponseMessage response = await client.PostAsync("/predict", content, timeout.Token);
                response.StatusCode.Should().Be(status);
            }
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    private static long PeakMegabytes(Process process)
    {
        string peak = File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1000;
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_ends_the_program_at_once()
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            ChildProcess.Dotnet,
            [Program, "--model", model.PathOf("none.onnx"), "--urls", "http://127.0.0.1:0"]);

        outcome.ExitCode.Should().NotBe(0);
        outcome.Everything.Should().Contain("none.onnx").And.Contain("no such file").And.NotContain(Listening);
    }

    private static Process Start(string onnx) => Process.Start(
        new ProcessStartInfo(ChildProcess.Dotnet, [Program, "--model", onnx, "--urls", "http://127.0.0.1:0"]) {
            RedirectStandardOutput = true })!;

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
        reply.GetProperty("actionUnits").EnumerateArray().Select(unit => unit.GetString()).Should()
            .Equal(expected.ActionUnits!.Present.Select(unit => unit.ToString()));
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
