using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Onnx;

/// <summary>Heads are trained on the features of a network that ONNX Runtime computes, and predict images through it.</summary>
public sealed class OnnxFeatureTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    [Fact]
    public async Task Heads_learn_from_the_features_of_an_ONNX_model_and_their_file_predicts_images_through_it()
    {
        string[] faces = model.Faces;
        AffectDataset data = new(
            new AnnotationSet(faces.Select((face, i) => new AnnotationRow(
                Path.GetFileName(face), new((i % 7 / 3.5f) - 1, (i % 5 / 2.5f) - 1), i % 3 == 2 ? null : i % 8,
                ActionUnitLabels.From([.. Enumerable.Range(0, 12).Select(unit => (bool?)((i + unit) % 4 == 0))])))),
            Path.GetDirectoryName(faces[0])!);
        MultiTaskTrainer trainer = MultiTaskTrainer.CreateBuilder().UseDevice(ComputeDevice.Cpu)
            .UseVariant(SsMfarVariant.Mfar).UseBackbone(BackboneFactory.Of(_ => new OnnxFeatures(model.NormalizedOnnx)))
            .Configure(options =>
            {
                options.UseFrozenFeatures();
                (options.ImageSize, options.Epochs, options.BatchSize, options.Heads.HiddenWidth) = (64, 40, 12, 16);
                (options.EvaluateEvery, options.Optimizer.HeadLearningRate, options.Heads.Dropout) = (40, 0.02, 0);
            }).Build();
        using TrainingResult result = await trainer.FitAsync(data, data);
        string file = model.PathOf("heads.safetensors");
        result.SaveModel(file);

        result.History.Min(epoch => epoch.Losses["total"]).Should().BeLessThan(result.History[0].Losses["total"]);
        using AffectPredictor predictor = AffectPredictor.Load(
            file, new() { Device = ComputeDevice.Cpu, Parts = ModelParts.BuiltIn.WithBackbone<OnnxFeatures>() });
        (await predictor.EvaluateAsync(data)).Scores.PMtl.Should().BeApproximately(result.BestScore!.Value, 1e-4);
    }

    private sealed class OnnxFeatures : torch.nn.Module<torch.Tensor, torch.Tensor>, IBackbone<OnnxFeatures>
    {
        private readonly string _file;
        private readonly InferenceSession _session;

        public OnnxFeatures(string file)
            : base(nameof(OnnxFeatures)) => (_file, _session) = (file, new(file));

        public static string Kind => "onnx-features";

        public int FeatureWidth => 8;

        public PartDescription Description => new PartDescription(Kind).With("file", _file);

        public static OnnxFeatures Create(PartDescription description, RandomKey key) => new(description.Text("file"));

        public override torch.Tensor forward(torch.Tensor input)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            float[] pixels = input.cpu().contiguous().data<float>().ToArray();
            int[] shape = [.. input.shape.Select(size => (int)size)];
            using var results = _session.Run(
                [NamedOnnxValue.CreateFromTensor(_session.InputNames[0], new DenseTensor<float>(pixels, shape))], ["expression.raw"]);
            float[] features = [.. results[0].AsEnumerable<float>()];
            return torch.tensor(features, [input.size(0), FeatureWidth], device: input.device).MoveToOuterDisposeScope();
        }

        protected override void Dispose(bool disposing)
        {
            _session.Dispose();
            base.Dispose(disposing);
        }
    }
}
