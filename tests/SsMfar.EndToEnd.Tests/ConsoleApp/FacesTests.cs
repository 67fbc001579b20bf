using System.Globalization;
using System.Text.Json;
using SkiaSharp;
using SsMfar.Tests.Models;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>faces</c>: from photographs to a table.</summary>
public sealed class FacesTests(TrainedRun run) : IClassFixture<TrainedRun>, IDisposable
{
    private readonly PhotographFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("npm")]
    public async Task Faces_are_found_without_a_model()
    {
        string table = _folder.PathOf("faces.csv"), drawn = _folder.PathOf("drawn");

        JsonElement printed = await ConsoleProgram.JsonAsync("faces", "--images", _folder.Photographs, "--out", table, "--draw", drawn);

        printed.GetRawText().Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Should()
            .Be("""{"images":3,"faces":3,"withoutFace":1,"failed":0}""");
        string[] lines = await File.ReadAllLinesAsync(table);
        lines[0].Should().Be("image,face,x,y,width,height,score");
        lines.Should().HaveCount(5);
        lines[1].Should().StartWith("\"trip/one, day.png\",0,");
        (Row(lines[2])[0], Row(lines[2])[1], Row(lines[3])[1]).Should().Be(("two.png", "0", "1"));
        (Number(lines[2], 4) > Number(lines[3], 4)).Should().BeTrue("the largest face comes first");
        (Number(lines[2], 2), Number(lines[2], 3)).Should().Match<(double X, double Y)>(
            at => at.X > 340 && at.X < 460 && at.Y > 180 && at.Y < 320);
        lines[4].Should().Be("wall.png,,,,,,");
        using SKBitmap picture = SKBitmap.Decode(Path.Combine(drawn, "trip", "one, day.png"));
        (picture.Width, picture.Height).Should().Be((480, 360));
        File.ReadAllBytes(Path.Combine(drawn, "two.png")).Should().NotEqual(File.ReadAllBytes(_folder.Picture("two.png")));
        (await ConsoleProgram.JsonAsync("faces", "--images", _folder.Photographs, "--out", table, "--max-faces", "1")).GetProperty("faces")
            .GetInt32().Should().Be(2);
    }

    [RequiresTool("npm")]
    public async Task Each_face_is_read_by_a_model_of_either_kind()
    {
        string onnx = _folder.PathOf("model.onnx");
        (await ConsoleProgram.RunAsync("export", "--model", run.Model, "--out", onnx)).ExitCode.Should().Be(0);
        string[][] tables = new string[2][];
        foreach ((int i, string model) in ((int, string)[])[(0, run.Model), (1, onnx)])
        {
            string table = _folder.PathOf($"{i}.csv");
            ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
                "faces", "--image", _folder.Picture("two.png"), "--model", model, "--out", table, "--device", "cpu");
            outcome.ExitCode.Should().Be(0, outcome.Everything);
            outcome.Error.Should().Contain("does not say how the faces that it was trained on were cut out");
            tables[i] = await File.ReadAllLinesAsync(table);
        }

        tables[0][0].Should().Be(
            "image,face,x,y,width,height,score,expression,valence,arousal,AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26");
        tables[0].Should().HaveCount(3);
        foreach ((string torch, string other) in tables[0][1..].Zip(tables[1][1..]))
        {
            string[] fields = torch.Split(','), others = other.Split(',');
            fields[7].Should().BeOneOf("Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Other")
                .And.Be(others[7]);
            double.Parse(fields[8], CultureInfo.InvariantCulture).Should()
                .BeInRange(-1, 1).And.BeApproximately(double.Parse(others[8], CultureInfo.InvariantCulture), 1e-3);
            fields[10..].Should().OnlyContain(unit => unit == "0" || unit == "1").And.HaveCount(12);
        }
    }

    [RequiresTool("npm")]
    public async Task Pictures_that_cannot_be_read_are_rows_with_an_error_and_the_others_are_kept()
    {
        string[] unusual = ["sixteen-bits.png", "cmyk.jpg", "animated.webp", "portrait.jpg"];
        Array.ForEach(unusual, name => File.Copy(Path.Combine(AppContext.BaseDirectory, "Pictures", name), _folder.Picture(name)));
        await File.WriteAllBytesAsync(_folder.Picture("empty.jpg"), []);
        await File.WriteAllBytesAsync(_folder.Picture("huge.png"), TestImages.EmptyPng(12_000, 9_000));
        string table = _folder.PathOf("faces.csv");

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync("faces", "--images", _folder.Photographs, "--out", table, "--json");

        outcome.ExitCode.Should().Be(2, outcome.Everything);
        outcome.Error.TrimEnd().Should().NotContain("\n").And.ContainAll("2 of 9 images cannot be read", "empty.jpg");
        JsonElement counts = JsonDocument.Parse(outcome.Output).RootElement;
        (counts.GetProperty("faces").GetInt32(), counts.GetProperty("withoutFace").GetInt32(), counts.GetProperty("failed").GetInt32())
            .Should().Be((7, 1, 2));
        string[] lines = await File.ReadAllLinesAsync(table);
        lines.Should().HaveCount(1 + 7 + 1 + 2);
        lines[0].Should().EndWith(",score,error");
        lines.Should().Contain("empty.jpg,,,,,,,it is empty").And.Contain("wall.png,,,,,,,");
        lines.Single(line => line.StartsWith("huge", StringComparison.Ordinal)).Should().Contain("12000x9000");
        lines.Where(line => line.StartsWith("two", StringComparison.Ordinal)).Should().HaveCount(2)
            .And.OnlyContain(line => line.EndsWith(','));
        foreach (string name in unusual)
        {
            string line = lines.Single(one => one.StartsWith(name, StringComparison.Ordinal));
            line.Should().StartWith($"{name},0,").And.EndWith(",");
            (double left, double top) = name == "portrait.jpg" ? (20, 70) : (60, 20);
            (Number(line, 2) + (Number(line, 4) / 2)).Should().BeApproximately(left + 100, 20, "the face of {0} is in the middle", name);
            (Number(line, 3) + (Number(line, 5) / 2)).Should().BeApproximately(top + 110, 30);
        }
    }

    [RequiresTool("npm")]
    public async Task A_face_without_a_reading_is_told_of_as_such()
    {
        string model = ChangedModel.Weights(
            run.Model, _folder.PathOf("nan.safetensors"), "heads.valence_arousal.output.bias", values => values[0] = float.NaN);

        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(
            "faces", "--image", _folder.Picture("two.png"), "--model", model, "--out", _folder.PathOf("nan.csv"), "--device", "cpu");

        outcome.ExitCode.Should().Be(2, outcome.Everything);
        outcome.Error.Should().Contain("1 of 1 images cannot be read, or have a face without a reading: ").And.Contain("valence_arousal");
    }

    [RequiresTool("npm")]
    public async Task The_drawing_of_a_picture_that_can_no_longer_be_read_goes_and_one_that_fails_leaves_the_table()
    {
        string table = _folder.PathOf("faces.csv"), drawings = _folder.PathOf("marked");
        string[] command = ["faces", "--images", _folder.Photographs, "--out", table, "--draw", drawings];
        await ConsoleProgram.JsonAsync(command);
        await File.WriteAllTextAsync(Path.Combine(drawings, "mine.png"), "mine");
        await File.WriteAllBytesAsync(_folder.Picture("wall.png"), [1, 2, 3]);

        (await ConsoleProgram.RefusalAsync(command)).Should().Contain("1 of 3 images cannot be read");
        FolderFiles.Of(drawings).Keys.Should()
            .BeEquivalentTo("two.png", "trip/one, day.png", "mine.png", "ssmfar-marked.txt");

        // A picture that cannot be replaced.
        File.Delete(_folder.Picture("wall.png"));
        File.Delete(table);
        File.Delete(Path.Combine(drawings, "two.png"));
        File.Delete(Path.Combine(drawings, "trip/one, day.png"));
        Directory.CreateDirectory(Path.Combine(drawings, "trip/one, day.png"));
        (await ConsoleProgram.RefusalAsync(command)).Should().ContainAll("--draw", "one, day.png", "The table is written.");
        (await File.ReadAllLinesAsync(table)).Should().HaveCount(4);
        File.Exists(Path.Combine(drawings, "two.png")).Should().BeTrue("those after it are drawn");
    }

    [Fact]
    public async Task Arguments_that_cannot_be_used_are_named()
    {
        string image = _folder.Picture("two.png"), table = _folder.PathOf("faces.csv");

        (await ConsoleProgram.RefusalAsync("faces", "--out", table)).Should().ContainAll("--image", "--images");
        (await ConsoleProgram.RefusalAsync("faces", "--image", image, "--images", _folder.Photographs, "--out", table)).Should()
            .Contain("--images");
        (await ConsoleProgram.RefusalAsync("faces", "--image", image, "--out", table, "--detector", run.Model)).Should()
            .ContainAll("--detector", "model.safetensors", "not an ONNX model", "YuNet", "SCRFD");
        (await ConsoleProgram.RefusalAsync("faces", "--image", image, "--out", table, "--detector", _folder.PathOf("none.onnx"))).Should()
            .ContainAll("--detector", "no such file");
        (await ConsoleProgram.RefusalAsync("faces", "--image", image, "--out", table, "--device", "cpu")).Should()
            .ContainAll("--device", "--model FILE");
        (await ConsoleProgram.RefusalAsync("align", "--images", _folder.Photographs, "--out", _folder.PathOf("x"), "--classes", "a,b"))
            .Should().ContainAll("--classes", "--annotations FILE");
        (await ConsoleProgram.RefusalAsync("faces", "--image", image, "--out", table, "--min-score", "2")).Should()
            .Contain("--min-score '2'");
    }

    [RequiresTool("npm")]
    public async Task Predict_takes_boxes_and_warns_of_whole_photographs()
    {
        string table = _folder.PathOf("faces.csv"), photograph = _folder.Picture("trip/one, day.png");
        await ConsoleProgram.JsonAsync("faces", "--images", Path.GetDirectoryName(photograph)!, "--out", table);
        string[] face = (await File.ReadAllLinesAsync(table))[1].Split("png\",")[1].Split(',');
        string box = string.Join(',', face[1..5]);
        _folder.Write("far.png", Faces.DrawnFace.In(1280, 720, (160, 500, 300)));
        _folder.Write("near.png", Faces.DrawnFace.In(240, 240, (200, 20, 20)));

        ChildProcess.Outcome whole = await PredictAsync("--image", _folder.Picture("far.png"));
        ChildProcess.Outcome crop = await PredictAsync("--image", _folder.Picture("near.png"));
        ChildProcess.Outcome unboxed = await PredictAsync("--image", photograph);
        ChildProcess.Outcome boxed = await PredictAsync("--image", photograph, "--box", box);
        ChildProcess.Outcome listed = await PredictAsync("--images", Path.GetDirectoryName(photograph)!, "--boxes", table);
        string spelled = _folder.PathOf("spelled.csv");
        await File.WriteAllTextAsync(spelled, $"image,x,y,width,height\n\".\\one, day.png\",{box}\n");
        ChildProcess.Outcome otherwise = await PredictAsync("--images", Path.GetDirectoryName(photograph)!, "--boxes", spelled);

        whole.Error.Should().ContainAll("fills", "'far.png'", "ssmfar faces");
        crop.Error.Should().NotContain("ssmfar faces", "the face fills much of it");
        boxed.Error.Should().NotContain("ssmfar faces", "its place was said");
        boxed.Output.Should().NotBe(unboxed.Output);
        listed.Output.Should().Be(boxed.Output);
        otherwise.Output.Should().Be(boxed.Output);
        (await ConsoleProgram.RefusalAsync("predict", "--model", run.Model, "--images", _folder.Photographs, "--boxes", table)).Should()
            .ContainAll("--boxes", "has no box of");
        (await ConsoleProgram.RefusalAsync("predict", "--model", run.Model, "--images", _folder.Photographs, "--box", "1,2,3,4")).Should()
            .Contain("--boxes FILE");
        (await ConsoleProgram.RefusalAsync("predict", "--model", run.Model, "--image", photograph, "--box", "1,2,3")).Should()
            .Contain("X,Y,WIDTH,HEIGHT");
    }

    private static string[] Row(string line) => line.Split(',');

    private static double Number(string line, int column) => double.Parse(Row(line)[column], CultureInfo.InvariantCulture);

    private async Task<ChildProcess.Outcome> PredictAsync(params string[] arguments)
    {
        ChildProcess.Outcome outcome = await ConsoleProgram.RunAsync(["predict", "--model", run.Model, "--device", "cpu", "--json",
            .. arguments]);
        outcome.ExitCode.Should().Be(0, outcome.Everything);
        return outcome;
    }
}
