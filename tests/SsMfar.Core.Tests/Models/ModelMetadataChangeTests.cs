using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Tests.Inference;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>Other metadata in a model file, such as tuned thresholds.</summary>
public sealed class ModelMetadataChangeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("other.safetensors")]
    public void Thresholds_are_stored_and_the_weights_stay(string name)
    {
        string path = _folder.File("model.safetensors");
        PaperModel.Save(path);
        Dictionary<string, byte[]> weights = Weights(path);
        float[] thresholds = [.. Enumerable.Range(1, 12).Select(i => i / 13f)];

        ModelFile.ChangeMetadata(path, _folder.File(name), metadata => metadata.WithActionUnitThresholds(thresholds));

        ModelMetadata changed = ModelFile.ReadDescription(_folder.File(name)).Metadata;
        changed.ActionUnitThresholds()!.Value.Should().Equal(thresholds);
        changed.ExpressionClasses.Should().Equal(ExpressionClassSet.AffWild2.Names);
        Dictionary<string, byte[]> copied = Weights(_folder.File(name));
        copied.Keys.Should().BeEquivalentTo(weights.Keys);
        weights.Should().OnlyContain(weight => Enumerable.SequenceEqual(weight.Value, copied[weight.Key]));
        using AffectPredictor predictor = AffectPredictor.Load(_folder.File(name));
        predictor.Predict(PaperModel.Face(1)).ActionUnits!.Thresholds.Should().Equal(thresholds);
        Directory.GetFiles(_folder.Path).Should().HaveCount(name == "model.safetensors" ? 1 : 2, "nothing is left aside");
    }

    [Fact]
    public async Task Temperature_and_weights_are_stored_and_every_predictor_decides_by_them()
    {
        (string plain, string tuned) = (_folder.File("model.safetensors"), _folder.File("tuned.safetensors"));
        PaperModel.Save(plain);
        ExpressionDecision decision = new([.. Enumerable.Range(0, 8).Select(i => i == 3 ? 1000f : 1 + (i / 10f))], 1.7);

        ModelFile.ChangeMetadata(plain, tuned, metadata => metadata.WithExpressionDecision(decision));

        ModelFile.ReadDescription(tuned).Metadata.ExpressionDecision().Should().Be(decision);
        using AffectPredictor before = AffectPredictor.Load(plain), after = AffectPredictor.Load(tuned);
        FaceImage[] faces = [.. Enumerable.Range(0, 8).Select(PaperModel.Face)];
        PredictionItem[] streamed = await after.PredictAsync(faces).ToArrayAsync();
        for (int i = 0; i < faces.Length; i++)
        {
            ExpressionPrediction expected =
                decision.Decide(ExpressionClassSet.AffWild2, before.Predict(faces[i]).Expression!.Probabilities.AsSpan());
            foreach (AffectPrediction read in new[] { after.Predict(faces[i]), streamed[i].GetPrediction() })
            {
                read.Expression!.Probabilities.Zip(expected.Probabilities).Should()
                    .OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);
                (read.Expression.Index, read.Expression.Name).Should().Be((3, "Fear"));
            }
        }

        before.Predict(faces[0]).Expression!.Index.Should().NotBe(3);
    }

    [Fact]
    public void A_change_that_fails_leaves_the_file()
    {
        string path = _folder.File("model.safetensors");
        PaperModel.Save(path);
        byte[] before = File.ReadAllBytes(path);
        Action number = () => ModelFile.ChangeMetadata(
            path,
            path,
            metadata => metadata.WithActionUnitThresholds(Enumerable.Repeat(1f, 12)));
        Action value = () => ModelFile.ChangeMetadata(path, path, metadata => metadata with { ActionUnits = ["AU1", "AU1"] });
        Action place = () => ModelFile.ChangeMetadata(path, _folder.File("none/model.safetensors"), metadata => metadata);

        number.Should().Throw<ArgumentException>();
        value.Should().Throw<ArgumentException>().WithMessage("*AU1*");
        place.Should().Throw<ModelFileException>();
        File.ReadAllBytes(path).AsSpan().SequenceEqual(before).Should().BeTrue();
    }

    [Fact]
    public void A_tensor_that_cannot_be_copied_is_not_lost()
    {
        string path = _folder.File("model.safetensors");
        PaperModel.Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        JsonObject header = JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        long end = bytes.Length - 8 - length;
        header["odd"] = JsonNode.Parse($$"""{"dtype":"U32","shape":[1],"data_offsets":[{{end}},{{end + 4}}]}""");
        byte[] text = Encoding.UTF8.GetBytes(header.ToJsonString().PadRight((int)((header.ToJsonString().Length + 7L) / 8 * 8)));
        byte[] size = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, text.Length);
        File.WriteAllBytes(path, [.. size, .. text, .. bytes.AsSpan(8 + length), 1, 2, 3, 4]);
        byte[] before = File.ReadAllBytes(path);

        Action change = () => ModelFile.ChangeMetadata(path, path, metadata => metadata);

        change.Should().Throw<ModelFileException>().WithMessage($"{path}: entry 'odd': its elements are U32, which cannot be copied*");
        File.ReadAllBytes(path).Should().Equal(before);
    }

    [Fact]
    public void What_is_wrong_in_a_file_before_the_change_is_the_files_fault()
    {
        string path = _folder.File("model.safetensors");
        PaperModel.Save(path);
        string incomplete = ChangedModel.Text(path, _folder.File("incomplete.safetensors"), "architecture", architecture =>
            architecture["heads"]![0]!["head"]!["settings"]!.AsObject().Remove("outputs"));
        string contradicting = ChangedModel.Text(path, _folder.File("contradicting.safetensors"), "metadata", metadata =>
            metadata["decoders"]!["valence_arousal"] = JsonNode.Parse("""{"kind":"number","settings":{}}"""));

        Refused(incomplete, "'architecture'*lacks the setting 'outputs'");
        Refused(contradicting, "'metadata'*The head of task 'valence_arousal' gives 2 outputs, but its decoder number reads 1");

        void Refused(string file, string problem)
        {
            Action change = () => ModelFile.ChangeMetadata(
                file, _folder.File("out"), metadata => metadata with { Decoders = metadata.Decoders.Clear() });
            change.Should().Throw<ModelFileException>().WithMessage($"{file}: *{problem}*");
            File.Exists(_folder.File("out")).Should().BeFalse();
        }
    }

    [Fact]
    public void A_model_without_thresholds_has_none_to_change()
    {
        ModelMetadata metadata = PaperModel.Metadata();
        ModelMetadata without = metadata with { Decoders = metadata.Decoders.Clear() };
        Action change = () => without.WithActionUnitThresholds(Enumerable.Repeat(0.5f, 12));

        without.ActionUnitThresholds().Should().BeNull();
        change.Should().Throw<InvalidOperationException>();
    }

    private static Dictionary<string, byte[]> Weights(string path)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using SafetensorsReader reader = SafetensorsReader.Open(path);
        return reader.Keys.ToDictionary(name => name, name => reader.Read(name).bytes.ToArray());
    }
}
