using System.Collections;
using CsCheck;
using SsMfar.Data;
using SsMfar.Export;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Inference;
using SsMfar.Tests.Models;
using SsMfar.Tests.Training;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Weights;

/// <summary>What is written is read back before it counts as written, and names come back whatever is in them.</summary>
public sealed class ReadableFilesTests : IDisposable
{
    private static readonly ExpressionClassSet Awkward = new("Neutral|X", "Anger\\", "\\", "a\\|b", "|", "c,d", "\"quoted\"", "☺");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_class_names_come_back_from_a_decoder() =>
        Gen.String[Gen.Char["|\\ab,\""], 1, 5].Array[2, 6].Where(names => names.Distinct().Count() == names.Length).Sample(
            names => new ExpressionDecoder(new(names)).Description is var part
                && ExpressionDecoder.Create(part).Classes.Names.SequenceEqual(names));

    [Fact]
    public void Names_that_were_written_before_separators_could_be_in_them_are_read_as_they_were() =>
        ExpressionDecoder.Create(new PartDescription(ExpressionDecoder.Kind).With("classes", @"a\b|c|d\")).Classes.Names
            .Should().Equal(@"a\b", "c", @"d\");

    [Fact]
    public void A_model_with_such_names_loads_and_predicts_on_both_libraries()
    {
        string model = _folder.File("model.safetensors");
        string onnx = _folder.File("model.onnx");
        using (MultiTaskModel network = Build.Paper())
        {
            ModelMetadata metadata = PaperModel.Metadata();
            ModelFile.Save(model, network, metadata with
            {
                ExpressionClasses = [.. Awkward.Names],
                Decoders = metadata.Decoders.SetItem("expression", new ExpressionDecoder(Awkward).Description),
            });
        }

        OnnxExporter.Export(model, onnx);

        using AffectPredictor predictor = AffectPredictor.Load(model);
        using OnnxAffectPredictor exported = OnnxAffectPredictor.Load(onnx);
        foreach (IAffectPredictor each in new IAffectPredictor[] { predictor, exported })
        {
            each.Metadata.ExpressionClasses.Should().Equal(Awkward.Names);
            each.Predict(PaperModel.Face(1)).Expression!.Classes.Should().Be(Awkward);
        }
    }

    [Fact]
    public async Task A_run_with_such_names_gives_a_model_and_checkpoints_that_load()
    {
        string model = _folder.File("model.safetensors");
        string checkpoints = _folder.File("run");
        Directory.CreateDirectory(checkpoints);
        AffectDataset faces = TinyFaces.Dataset(24, classes: Awkward);
        using (TrainingResult result = await Tiny.Builder().UseCheckpoints(checkpoints).Build().FitAsync(faces, faces))
        {
            result.SaveModel(model);
        }

        using LoadedModel loaded = ModelFile.Load(model, TinyBackbone.Parts);
        loaded.Metadata.ExpressionClasses.Should().Equal(Awkward.Names);
        using TrainingResult resumed = await Tiny.Builder().UseCheckpoints(checkpoints, CheckpointMode.Resume).Build()
            .FitAsync(faces, faces);
        resumed.BestEpoch.Should().BeGreaterThan(0);
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("tab\there")]
    [InlineData("half \ud83d of a pair")]
    [InlineData("\udc00")]
    public void Names_that_no_file_could_hold_are_refused_early(string name) =>
        FluentActions.Invoking(() => new ExpressionClassSet("Neutral", name))
            .Should().Throw<ArgumentException>().WithMessage("*control character or invalid Unicode*");

    [Fact]
    public async Task A_model_that_could_not_be_loaded_is_refused_before_the_first_step()
    {
        AffectDataset faces = TinyFaces.Dataset(24);
        var progress = new ProgressRecorder();
        MultiTaskTrainer trainer = Tiny.Builder().UseHead("expression", context =>
            new LinearHead(context.FeatureWidth, 5, context.Key)).Build();

        (await trainer.Invoking(t => t.FitAsync(faces, faces, progress)).Should().ThrowAsync<TrainingConfigurationException>())
            .WithMessage("*not saved and loaded*'expression' gives 5 outputs*reads 8*");
        progress.Steps.Should().BeEmpty();
    }

    [Fact]
    public async Task A_run_whose_last_checkpoint_reads_back_otherwise_is_not_called_done()
    {
        string checkpoints = _folder.File("run");
        AffectDataset faces = TinyFaces.Dataset(24);

        // JSON has no halves of pairs: what is read is another description than the run's.
        MultiTaskTrainer trainer = Tiny.Builder().UseCheckpoints(checkpoints).UseHead("valence_arousal", context =>
            new Described(new LinearHead(context.FeatureWidth, 2, context.Key))).Build();

        (await trainer.Invoking(t => t.FitAsync(faces, faces))
            .Should().ThrowAsync<CheckpointException>()).WithMessage("*Head.valence_arousal*");
    }

    [Fact]
    public void A_file_that_reads_back_otherwise_leaves_what_was_there()
    {
        string path = _folder.File("tensors.safetensors");
        using torch.Tensor before = torch.zeros(3);
        using torch.Tensor written = torch.ones(3);
        using torch.Tensor expected = torch.tensor(new float[] { 1, 1, 2 });
        Dictionary<string, string> texts = new() { ["a"] = "b" };
        Write([new("t", before)], texts);
        byte[] old = File.ReadAllBytes(path);

        Refused(new TwoFaced([new("t", written)], [new("t", expected)]), texts,
            $"{path}: entry 't': it was written, but not read back*not the tensor that was written*");
        Refused(new TwoFaced([new("t", written)], [new("u", written)]), texts, "*entry 'u'*");
        Refused(new TwoFaced([new("t", written)], [new("t", before.to(torch.ScalarType.Int64))]), texts, "*entry 't'*");
        FluentActions.Invoking(() => ProvenFile.Write(path, [new("t", written)], texts, reader =>
            throw new ModelFileException(reader.Path, "a", "it is strange", "Mend it")))
            .Should().Throw<ModelFileException>().WithMessage($"{path}: entry 'a': *it is strange*untouched*");
        Write([new("t", written)], texts);
        File.ReadAllBytes(path).Should().NotEqual(old);

        void Write(KeyValuePair<string, torch.Tensor>[] tensors, Dictionary<string, string> entries) =>
            ProvenFile.Write(path, tensors, entries, _ => { });

        void Refused(IReadOnlyCollection<KeyValuePair<string, torch.Tensor>> tensors, Dictionary<string, string> entries, string message)
        {
            FluentActions.Invoking(() => ProvenFile.Write(path, tensors, entries, _ => { }))
                .Should().Throw<ModelFileException>().WithMessage(message);
            File.ReadAllBytes(path).Should().Equal(old);
            Directory.GetFiles(_folder.Path).Should().ContainSingle("nothing is left aside");
        }
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_written_and_read_back_bit_for_bit()
    {
        string path = _folder.File("nan.safetensors");
        using torch.Tensor strange = torch.tensor(new[] { float.NaN, -0f, float.NegativeInfinity });

        FluentActions.Invoking(() => ProvenFile.Write(path, [new("t", strange)], new Dictionary<string, string>(), _ => { }))
            .Should().NotThrow();
    }

    [Fact]
    public void An_onnx_file_is_compared_byte_for_byte()
    {
        string path = _folder.File("model.onnx");
        ProtobufMessage message = new ProtobufMessage().Add(1, 8).Add(2, "SsMfar");
        using (FileStream file = File.Create(path))
        {
            message.WriteTo(file);
        }

        FluentActions.Invoking(() => OnnxExporter.Prove(path, "final.onnx", message)).Should().NotThrow();
        FluentActions.Invoking(() => OnnxExporter.Prove(path, "final.onnx", message.Add(3, 1)))
            .Should().Throw<ModelFileException>().WithMessage("final.onnx: *reads back otherwise*");
    }

    /// <summary>Tensors of which others are found the second time.</summary>
    private sealed class TwoFaced(KeyValuePair<string, torch.Tensor>[] first, KeyValuePair<string,
        torch.Tensor>[] later) : IReadOnlyCollection<KeyValuePair<string, torch.Tensor>>
    {
        private int _asked;

        public int Count => first.Length;

        public IEnumerator<KeyValuePair<string, torch.Tensor>> GetEnumerator() => (_asked++ == 0
            ? first : later).AsEnumerable().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Described(LinearHead head) : ITaskHead<Described>
    {
        public static string Kind => "described";

        public PartDescription Description => new PartDescription(Kind, head.Description.Settings).With("note", "\ud800");

        public static Described Create(PartDescription description, RandomKey key) => new(new LinearHead(description.Number("inputs"), 2, key));

        public int OutputWidth => 2;

        public torch.nn.Module<torch.Tensor, torch.Tensor> Module => head;
    }
}
