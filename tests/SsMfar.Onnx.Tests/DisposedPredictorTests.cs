using System.Collections.Concurrent;
using SsMfar.Export;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Predictions;
using TorchSharp;

namespace SsMfar.Tests.Onnx;

/// <summary>Sessions, models and tensors of native libraries after, and while, they are disposed.</summary>
public sealed class DisposedPredictorTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_predictor_disposed_under_running_threads_gives_results_or_the_one_exception(bool onnx)
    {
        IAffectPredictor predictor = onnx ? model.Load() : model.Torch();
        byte[] face = File.ReadAllBytes(model.Faces[0]);
        AffectPrediction expected = predictor.Predict(face);
        ConcurrentBag<Exception> ends = [];
        using Barrier start = new(5);
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                while (true)
                {
                    ExportedModel.Difference(predictor.Predict(face), expected).Should().BeLessThan(1e-4);
                }
            }
            catch (Exception end)
            {
                ends.Add(end);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        start.SignalAndWait();
        Thread.Sleep(100);
        predictor.Dispose();
        Array.ForEach(threads, thread => thread.Join());

        ends.Should().HaveCount(4).And.AllBeOfType<ObjectDisposedException>();
    }

    [Fact]
    public void What_is_used_after_disposal_is_named()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        OnnxAffectPredictor onnx = model.Load();
        onnx.Dispose();
        onnx.Dispose();
        using AffectPredictor torchPredictor = model.Torch();
        torch.Tensor images = torch.zeros(1, 3, 64, 64);
        images.Dispose();
        LoadedModel loaded = ModelFile.Load(model.Model);
        loaded.Dispose();

        onnx.Invoking(p => p.Predict(model.Faces[0])).Should().Throw<ObjectDisposedException>().WithMessage("*PredictionEngine*");
        onnx.Invoking(p => p.PredictAll([])).Should().Throw<ObjectDisposedException>();
        torchPredictor.Invoking(p => p.PredictTensor(images))
            .Should().Throw<ObjectDisposedException>().WithMessage("*tensor of images is disposed*");
        FluentActions.Invoking(() => loaded.Model.call(torch.zeros(1, 3, 64, 64)))
            .Should().Throw<ObjectDisposedException>().WithMessage("*MultiTaskModel*");
        FluentActions.Invoking(() => ModelFile.Save(model.PathOf("gone.safetensors"), loaded.Model, loaded.Metadata))
            .Should().Throw<ObjectDisposedException>().WithMessage("*MultiTaskModel*");
        FluentActions.Invoking(() => OnnxExporter.Export(loaded.Model, loaded.Metadata, model.PathOf("gone.onnx")))
            .Should().Throw<ObjectDisposedException>().WithMessage("*MultiTaskModel*");
        File.Exists(model.PathOf("gone.safetensors")).Should().BeFalse();
    }
}
