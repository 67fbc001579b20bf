using System.Globalization;
using System.Text.Json;
using SkiaSharp;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.RenderedFaces;

namespace SsMfar.Tests.ConsoleApp;

/// <summary><c>align</c>, and the template on its way from there through training into prediction.</summary>
public sealed class AlignTests : IDisposable
{
    private const string Header = "image,valence,arousal,expression,AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26\n";

    private readonly PhotographFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("npm")]
    public async Task Pictures_are_aligned_under_their_names_with_their_annotations()
    {
        const string Labels = ",0.5,0.5,0,1,0,0,0,0,0,0,0,0,0,0,0\n";
        await File.WriteAllBytesAsync(_folder.Picture("broken.png"), [1, 2, 3]);
        string annotations = _folder.PathOf("all.txt"), output = _folder.PathOf("aligned");
        await File.WriteAllTextAsync(annotations, Header + string.Concat(
            new[] { "two.png", "wall.png", "broken.png", "gone.png" }.Select(name => name + Labels)));

        JsonElement printed = await ConsoleProgram.JsonAsync(
            "align", "--images", _folder.Photographs, "--annotations", annotations, "--out", output, "--template", "blazeface6", "--size",
                "96");

        (printed.GetProperty("aligned").GetInt32(), printed.GetProperty("unaligned").GetInt32()).Should().Be((1, 3));
        Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Should()
            .BeEquivalentTo("two.png", "annotations.txt", "unaligned.csv", "alignment.json", "ssmfar-aligned.txt");
        using SKBitmap crop = SKBitmap.Decode(Path.Combine(output, "two.png"));
        (crop.Width, crop.Height).Should().Be((96, 96));
        (await File.ReadAllLinesAsync(Path.Combine(output, "annotations.txt")))[1..].Should().ContainSingle().Which.Should()
            .StartWith("two.png,");
        (await File.ReadAllLinesAsync(Path.Combine(output, "unaligned.csv"))).Should().Equal(
            "name,reason", "wall.png,no face was found", "broken.png,\"it is not an image of a known format (JPEG, PNG, WebP, BMP, GIF)\"",
                "gone.png,there is no such file");
        FaceTemplate.FromJson(await File.ReadAllTextAsync(Path.Combine(output, "alignment.json"))).Should()
            .Be(FaceTemplate.BlazeFace6 with { Size = 96 });
    }

    [RequiresTool("npm")]
    public async Task A_crop_of_an_earlier_run_is_gone_when_its_picture_can_no_longer_be_aligned()
    {
        string annotations = _folder.PathOf("all.txt"), output = _folder.PathOf("aligned");
        await File.WriteAllTextAsync(annotations, "image,expression\ntwo.png,0\n\"trip/one, day.png\",0\n");
        string[] align = ["align", "--images", _folder.Photographs, "--annotations", annotations, "--out", output];
        (await ConsoleProgram.JsonAsync(align)).GetProperty("aligned").GetInt32().Should().Be(2);
        await File.WriteAllTextAsync(Path.Combine(output, "notes.txt"), "mine");
        File.Copy(_folder.Picture("wall.png"), _folder.Picture("two.png"), overwrite: true);

        (await ConsoleProgram.JsonAsync(align)).GetProperty("aligned").GetInt32().Should().Be(1);

        FolderFiles.Of(output).Keys.Should().BeEquivalentTo(
            "trip/one, day.png", "annotations.txt", "unaligned.csv", "alignment.json", "ssmfar-aligned.txt", "notes.txt");

        await ConsoleProgram.JsonAsync("align", "--images", _folder.Photographs, "--out", output);
        File.Exists(Path.Combine(output, "annotations.txt")).Should().BeFalse("it says nothing of these crops");
    }

    [RequiresTool("npm")]
    public async Task Another_template_is_not_mixed_in_and_a_run_that_ends_early_calls_nothing_whole()
    {
        string annotations = _folder.PathOf("all.txt"), output = _folder.PathOf("aligned"), two = Path.Combine(output, "two.png");
        await File.WriteAllTextAsync(annotations, "image,expression\ntwo.png,0\n\"trip/one, day.png\",0\n");
        string[] align = ["align", "--images", _folder.Photographs, "--annotations", annotations, "--out", output];
        await ConsoleProgram.JsonAsync(align);
        IReadOnlyDictionary<string, string> before = FolderFiles.Of(output);

        (await ConsoleProgram.RefusalAsync([.. align, "--size", "64"])).Should()
            .ContainAll("arcface5 at 112 pixels", "arcface5 at 64 pixels", "Choose another folder, or remove that one.");
        FolderFiles.Of(output).Should().BeEquivalentTo(before);

        // A picture that cannot be replaced.
        File.Delete(two);
        Directory.CreateDirectory(two);
        (await ConsoleProgram.RunAsync(align)).ExitCode.Should().NotBe(0);
        FolderFiles.Of(output).Keys.Except(["trip/one, day.png"]).Should().Equal("alignment.json", "ssmfar-aligned.txt");
        (await ConsoleProgram.RefusalAsync([.. align, "--size", "64"])).Should()
            .Contain("arcface5 at 112 pixels", "crops of that are there");

        // What was begun and has no crop yet is nobody's loss.
        File.Delete(Path.Combine(output, "trip/one, day.png"));
        Directory.Delete(two);
        await ConsoleProgram.JsonAsync([.. align, "--size", "64"]);
    }

    [RequiresTool("npm")]
    public async Task What_a_model_was_trained_on_is_what_it_is_given_at_prediction()
    {
        string data = _folder.PathOf("data"), aligned = _folder.PathOf("aligned"),
            model = Path.Combine(_folder.PathOf("run"), "model.safetensors");
        await ConsoleProgram.JsonAsync("render", "--out", data, "--faces", "64", "--validation-faces", "16", "--size", "48", "--seed", "3");
        await ConsoleProgram.JsonAsync("align", "--images", _folder.Photographs, "--out", aligned, "--size", "64");
        File.Copy(Path.Combine(aligned, "alignment.json"), Path.Combine(data, "alignment.json"));
        await ConsoleProgram.JsonAsync(
            "train", "--data", data, "--train", Path.Combine(data, "train.txt"), "--validation", Path.Combine(data, "validation.txt"),
                "--size", "32",
            "--epochs", "1", "--batch-size", "32", "--device", "cpu", "--out", _folder.PathOf("run"));

        // The photograph, cut out by faces; and the crop that align wrote.
        string table = _folder.PathOf("faces.csv");
        ChildProcess.Outcome read = await ConsoleProgram.RunAsync(
            "faces", "--images", Path.Combine(_folder.Photographs, "trip"), "--model", model, "--out", table, "--device", "cpu");
        JsonElement crop = await ConsoleProgram.JsonAsync(
            "predict", "--model", model, "--image", Path.Combine(aligned, "trip", "one, day.png"), "--device", "cpu");

        read.Error.Should().NotContain("does not say how", "alignment.json came into the model");
        JsonElement prediction = crop.GetProperty("predictions")[0];
        string[] face = (await File.ReadAllLinesAsync(table))[1].Split("png\",")[1].Split(',');
        face[6].Should().Be(prediction.GetProperty("expression").GetString());
        double.Parse(face[7], CultureInfo.InvariantCulture).Should().BeApproximately(prediction.GetProperty("valence").GetDouble(), 1e-4);
        double.Parse(face[8], CultureInfo.InvariantCulture).Should().BeApproximately(prediction.GetProperty("arousal").GetDouble(), 1e-4);
        JsonElement inspected = await ConsoleProgram.JsonAsync("inspect", model);
        ModelMetadata.FromJson(inspected.GetProperty("metadata").GetProperty("metadata").GetString()!).Alignment.Should()
            .Be(FaceTemplate.ArcFace5 with { Size = 64 });
    }

    [Fact]
    public async Task Models_that_an_ablation_keeps_have_the_template_too()
    {
        string data = _folder.PathOf("faces"), output = _folder.PathOf("ablation");
        RenderedFaceSet.Write(data, new() { TrainingCount = 64, ValidationCount = 32, Size = 32 }, null, default);
        await File.WriteAllTextAsync(Path.Combine(data, "alignment.json"), FaceTemplate.BlazeFace6.ToJson());

        await ConsoleProgram.JsonAsync(
            ["ablate", "--data", data, "--train", Path.Combine(data, "train.txt"), "--validation", Path.Combine(data, "validation.txt"),
            .. AblationRun.Budget, "--variants", "mfar", "--seeds", "1", "--keep-models", "--out", output]);

        string model = Directory.EnumerateFiles(output, "model.safetensors", SearchOption.AllDirectories).Should().ContainSingle().Which;
        ModelFile.ReadDescription(model).Metadata.Alignment.Should().Be(FaceTemplate.BlazeFace6);
    }

    [RequiresTool("npm")]
    public async Task Folders_and_files_that_cannot_be_used_are_named()
    {
        (await ConsoleProgram.RefusalAsync("align", "--images", _folder.Photographs, "--out", Path.Combine(_folder.Photographs, "x")))
            .Should()
            .ContainAll("--out", "lies in it");
        (await ConsoleProgram.RefusalAsync("align", "--images", _folder.Photographs, "--out", _folder.PathOf("x"), "--template", "best"))
            .Should()
            .ContainAll("--template 'best'", "arcface5", "blazeface6", "box");
        await File.WriteAllTextAsync(_folder.Picture("alignment.json"), "{}");
        string annotations = _folder.PathOf("train.txt");
        await File.WriteAllTextAsync(annotations, Header);
        (await ConsoleProgram.RefusalAsync(
            "train", "--data", _folder.Photographs, "--train", annotations, "--validation", annotations, "--out", _folder.PathOf("run")))
                .Should()
            .ContainAll("alignment.json", "cannot be understood");
    }
}
