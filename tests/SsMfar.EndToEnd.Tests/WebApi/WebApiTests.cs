using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Tests.Onnx;
using SsMfar.WebApi;

namespace SsMfar.Tests.WebApi;

/// <summary>What the web sample reads in pictures, asked over HTTP.</summary>
public sealed class WebApiTests(WebSample server) : IClassFixture<WebSample>
{
    [Fact]
    public void What_a_face_could_not_be_read_for_names_nothing_of_the_server()
    {
        Exception noNumbers = (Exception)RuntimeHelpers.GetUninitializedObject(typeof(NonFiniteOutputException));

        FaceReply.Words(null).Should().BeNull();
        FaceReply.Words(new IOException("/srv/affect.onnx")).Should().Be("The face cannot be cut out.");
        FaceReply.Words(noNumbers).Should().Be("The model gives no numbers for this face.");
    }

    // What it is worth is measured by the benchmark "serve".
    [Fact]
    public void The_thread_pool_of_the_built_server_sleeps_where_it_would_look_for_work()
    {
        using JsonDocument settings = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(WebSample.Program, "runtimeconfig.json")));

        settings.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties")
            .GetProperty("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task A_picture_is_posted_as_a_body_and_json_comes_back()
    {
        using OnnxAffectPredictor predictor = server.Model.Load();

        await Task.WhenAll(server.Model.Faces.Take(8)
            .Select(async face => ShouldAgree(await PostBodyAsync(face), predictor.Predict(face))));

        AffectPrediction boxed = predictor.Predict(server.Model.Faces[0], new(8, 4, 60, 70));
        ShouldAgree(await PostBodyAsync(server.Model.Faces[0], "?x=8&y=4&width=60&height=70", "image/png"), boxed);
        ShouldAgree(await PostBodyAsync(server.Model.Faces[0], "?x=8.3&y=3.6&width=59.9&height=7.01e1", "application/octet-stream"), boxed);
    }

    [Fact]
    public async Task A_picture_is_posted_as_the_file_of_a_form()
    {
        using OnnxAffectPredictor predictor = server.Model.Load();
        string face = server.Model.Faces[0];

        ShouldAgree(await PostFormAsync(face), predictor.Predict(face));
        ShouldAgree(await PostFormAsync(face, "?x=8&y=4&width=60&height=70"), predictor.Predict(face, new(8, 4, 60, 70)));
    }

    [RequiresTool("npm")]
    public async Task Every_face_of_a_photograph_is_read()
    {
        using SkiaSharp.SKBitmap bitmap = new(640, 480);
        SsMfar.Imaging.RgbImage drawn = Faces.DrawnFace.In(640, 480, (150, 40, 50), (240, 340, 180));
        for (int i = 0; i < 640 * 480; i++)
        {
            (byte red, byte green, byte blue) = drawn.At(i % 640, i / 640);
            bitmap.SetPixel(i % 640, i / 640, new(red, green, blue));
        }

        using var content = new ByteArrayContent(TestImages.Encode(bitmap));
        JsonElement reply = await WebSample.JsonAsync(await server.Client.PostAsync("/faces", content));

        (reply.GetProperty("width").GetInt32(), reply.GetProperty("height").GetInt32()).Should().Be((640, 480));
        JsonElement[] faces = [.. reply.GetProperty("faces").EnumerateArray()];
        faces.Should().HaveCount(2);
        faces[0].GetProperty("x").GetDouble().Should().BeInRange(340, 460);
        faces[1].GetProperty("x").GetDouble().Should().BeInRange(40, 120);
        faces.Should().OnlyContain(face => face.GetProperty("score").GetDouble() > 0.5
            && face.GetProperty("prediction").GetProperty("valence").GetDouble() >= -1);
        using var broken = new ByteArrayContent([1, 2, 3]);
        (await WebSample.ProblemAsync(await server.Client.PostAsync("/faces", broken), 400)).Should().Contain("picture cannot be used");
    }

    [Fact]
    public async Task The_model_is_described()
    {
        using OnnxAffectPredictor predictor = server.Model.Load();

        JsonElement description = await WebSample.JsonAsync(await server.Client.GetAsync("/model"));

        description.GetProperty("width").GetInt32().Should().Be(64);
        description.GetProperty("expressionClasses").EnumerateArray().Select(name => name.GetString()).Should()
            .Equal(predictor.Metadata.ExpressionClasses);
    }

    [Fact]
    public async Task The_server_says_that_it_is_healthy()
    {
        using HttpResponseMessage health = await server.Client.GetAsync("/health");

        health.StatusCode.Should().Be(HttpStatusCode.OK);
        (await health.Content.ReadAsStringAsync()).Should().Be("Healthy");
    }

    [LinuxFact]
    public async Task Small_files_of_large_images_take_turns()
    {
        byte[] large = TestImages.EmptyPng(7000, 7000), tooLarge = TestImages.EmptyPng(9400, 9400);
        large.Length.Should().BeLessThan(300_000);
        await PostBodyAsync(server.Model.Faces[0]);
        long before = PeakMegabytes();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => await WebSample.JsonAsync(await PostAsync(large))));
        long after = PeakMegabytes();

        // One image of 49 megapixels takes 196 MB; eight at once took eight times as much, and kept it.
        (after - before).Should().BeInRange(100, 450);
        (await WebSample.ProblemAsync(await PostAsync(tooLarge), 400)).Should().Contain("9400x9400 pixels, more than the 50000000 allowed");
        Task<HttpResponseMessage> PostAsync(byte[] image) => server.Client.PostAsync("/predict", new ByteArrayContent(image));
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_ends_the_program_at_once()
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            ChildProcess.Dotnet,
            [WebSample.Program, "--model", server.Model.PathOf("none.onnx"), "--urls", "http://127.0.0.1:0"]);

        outcome.ExitCode.Should().NotBe(0);
        outcome.Everything.Should().Contain("none.onnx").And.Contain("no such file").And.NotContain("listening");
    }

    private long PeakMegabytes()
    {
        string peak = File.ReadLines($"/proc/{server.ProcessId}/status")
            .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1000;
    }

    private async Task<JsonElement> PostBodyAsync(string face, string query = "", string? type = null)
    {
        using var content = new ByteArrayContent(await File.ReadAllBytesAsync(face));
        content.Headers.ContentType = type is null ? null : new(type);
        return await WebSample.JsonAsync(await server.Client.PostAsync($"/predict{query}", content));
    }

    private async Task<JsonElement> PostFormAsync(string face, string query = "")
    {
        using var picture = new ByteArrayContent(await File.ReadAllBytesAsync(face));
        picture.Headers.ContentType = new("image/png");
        using var form = new MultipartFormDataContent { { picture, "picture", "face.png" } };
        return await WebSample.JsonAsync(await server.Client.PostAsync($"/predict{query}", form));
    }

    private static void ShouldAgree(JsonElement reply, AffectPrediction expected)
    {
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
}
