using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using SsMfar.Data;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Runtime;

namespace SsMfar.Tests.Onnx;

public sealed class OnnxAffectPredictorTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    [Fact]
    public void Faces_are_read_as_the_TorchSharp_predictor_reads_them()
    {
        using AffectPredictor torch = model.Torch();
        using OnnxAffectPredictor onnx = model.Load();

        foreach (string face in model.Faces)
        {
            ShouldAgree(onnx.Predict(face), torch.Predict(face), 1e-4);
        }

        onnx.Metadata.Should().BeEquivalentTo(torch.Metadata);
        model.Faces.Select(face => onnx.Predict(face).Expression!.Name).Distinct().Count().Should()
            .BeGreaterThan(1, "the test must see classes change");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Tuned_decisions_are_those_of_the_TorchSharp_predictor(bool flips)
    {
        (string tuned, string exported) = (model.PathOf("tuned.safetensors"), model.PathOf($"tuned{flips}.onnx"));
        ExpressionDecision decision = new([3, 1, 0.2f, 2, 1, 0.5f, 1, 4], 1.8);
        ModelFile.ChangeMetadata(model.Model, tuned, metadata => metadata.WithExpressionDecision(decision));
        OnnxExporter.Export(tuned, exported);
        using AffectPredictor torch = AffectPredictor.Load(tuned, new() { Device = ComputeDevice.Cpu, FlipAveraging = flips });
        using OnnxAffectPredictor onnx = OnnxAffectPredictor.Load(exported, new() { FlipAveraging = flips });

        onnx.Metadata.ExpressionDecision().Should().Be(decision);
        int other = 0;
        foreach (string face in model.Faces)
        {
            AffectPrediction expected = torch.Predict(face), actual = onnx.Predict(face);
            ShouldAgree(actual, expected, 1e-4);
            actual.Expression!.Name.Should().Be(expected.Expression!.Name);
            other += actual.Expression.Confidence < actual.Expression.Probabilities.Max() ? 1 : 0;
        }

        other.Should().BePositive("the test must see weights decide");
    }

    [Fact]
    public void Buffers_of_a_burst_of_calls_are_not_kept_beyond_a_processor_each()
    {
        using OnnxNetwork network = OnnxNetwork.Load(model.Onnx, new() { Threads = 1 });
        int calls = 8 * OnnxBufferPool.Most;
        byte[] pixels = new byte[network.Metadata.Input.Width * network.Metadata.Input.Height * 3];
        using Barrier start = new(calls);
        Thread[] threads =
        [
            .. Enumerable.Range(0, calls).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                network.Run(pixels, 1);
            })),
        ];

        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        network.KeptFor(1).Should().BeInRange(1, OnnxBufferPool.Most);
    }

    [Fact]
    public void Blue_green_red_and_normalised_inputs_give_the_same()
    {
        using AffectPredictor bgrTorch = AffectPredictor.Load(model.BgrModel, new() { Device = ComputeDevice.Cpu });
        using OnnxAffectPredictor bgr = OnnxAffectPredictor.Load(model.BgrOnnx);
        using OnnxAffectPredictor normalized = OnnxAffectPredictor.Load(model.NormalizedOnnx);
        using OnnxAffectPredictor onnx = OnnxAffectPredictor.Load(File.ReadAllBytes(model.Onnx));
        foreach (string face in model.Faces.Take(6))
        {
            ShouldAgree(bgr.Predict(face), bgrTorch.Predict(face), 1e-4);
            ShouldAgree(normalized.Predict(face), onnx.Predict(face), 1e-5);
            ExportedModel.Difference(bgr.Predict(face), onnx.Predict(face)).Should().BeGreaterThan(1e-3);
        }

        IReadOnlyList<PredictionItem> together = normalized.PredictAll(model.Faces.Select(face => FaceImage.FromFile(face)));
        together.Select(item => ExportedModel.Difference(item.GetPrediction(), onnx.Predict(model.Faces[item.Index]))).Max().Should()
            .BeLessThan(1e-5);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(7)]
    public void A_batch_gives_what_single_images_give(int? batchSize)
    {
        using OnnxAffectPredictor predictor = model.Load(new() { BatchSize = batchSize });

        IReadOnlyList<PredictionItem> together = predictor.PredictAll(model.Faces.Select(face => FaceImage.FromFile(face)));

        together.Should().HaveCount(model.Faces.Length);
        foreach (PredictionItem item in together)
        {
            ShouldAgree(item.GetPrediction(), predictor.Predict(model.Faces[item.Index]), 1e-5);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(3)]
    public void Sixteen_threads_on_one_predictor_give_what_one_thread_gives(int? batches)
    {
        using OnnxAffectPredictor predictor = model.Load(new() { Threads = 1, ConcurrentBatches = batches, BatchSize = 12 });
        float[][] expected = [.. model.Faces.Select(face => ExportedModel.Numbers(predictor.Predict(face)))];

        // Rounding may differ from one number of images to another.
        float tolerance = batches is null ? 0 : 1e-5f;

        var failures = new ConcurrentQueue<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, 16).Select(offset => new Thread(() =>
        {
            try
            {
                for (int i = 0; i < model.Faces.Length; i++)
                {
                    int face = (i + (3 * offset)) % model.Faces.Length;
                    ExportedModel.Numbers(predictor.Predict(model.Faces[face])).Should()
                        .Equal(expected[face], (ours, theirs) => MathF.Abs(ours - theirs) <= tolerance);
                }
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                failures.Enqueue(failure);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        failures.Should().BeEmpty();
    }

    [Fact]
    public async Task Flip_averaging_thresholds_boxes_streams_and_bad_images_work_as_everywhere()
    {
        AffectPredictorOptions torchOptions = new() { FlipAveraging = true };
        OnnxAffectPredictorOptions options = new() { FlipAveraging = true, Spinning = false, Threads = 2 };
        torchOptions.ActionUnitThresholds[ActionUnit.AU12] = 0.01f;
        options.ActionUnitThresholds[ActionUnit.AU12] = 0.01f;
        using AffectPredictor torch = model.Torch(torchOptions);
        using OnnxAffectPredictor onnx = model.Load(options);
        var box = new FaceBox(10, 5, 60, 70);

        ShouldAgree(onnx.Predict(model.Faces[0], box), torch.Predict(model.Faces[0], box), 1e-4);
        onnx.Predict(model.Faces[0], box).ActionUnits![ActionUnit.AU12].Should().BeTrue();
        List<PredictionItem> items = [];
        FaceImage[] faces = [FaceImage.FromFile(model.Faces[1]), FaceImage.FromBytes(new byte[] { 1, 2, 3 }, name: "broken"), FaceImage
            .FromFile(model.Faces[2])];
        await foreach (PredictionItem item in onnx.PredictAsync(faces))
        {
            items.Add(item);
        }

        items.Select(item => item.Succeeded).Should().Equal(true, false, true);
        items[1].Error!.Message.Should().Contain("broken");
        ShouldAgree(items[2].GetPrediction(), torch.Predict(model.Faces[2]), 1e-4);
    }

    [Theory]
    [InlineData(1, 1024)]
    [InlineData(8, 2048)]
    public void A_call_allocates_no_more_than_its_outputs_and_some_handles(int sizes, int bytes)
    {
        const int Calls = 48;
        using OnnxNetwork network = OnnxNetwork.Load(model.Onnx, new() { Threads = 1 });
        byte[] pixels = new byte[sizes * 64 * 64 * 3];
        RunAll();

        long before = GC.GetAllocatedBytesForCurrentThread();
        RunAll();

        ((GC.GetAllocatedBytesForCurrentThread() - before) / Calls).Should().BeLessThan(bytes);
        void RunAll()
        {
            for (int i = 0; i < Calls; i++)
            {
                int count = 1 + (i % sizes);
                network.Run(pixels.AsMemory(0, count * 64 * 64 * 3), count);
            }
        }
    }

    // On a device the provider copies what is bound when it is bound: no GPU is needed to see that a run does not live on the last one's.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_run_binds_its_input_anew(bool normalized)
    {
        using InferenceSession session = new(normalized ? model.NormalizedOnnx : model.Onnx);
        using RunOptions options = new();
        using OnnxBuffers buffers = new(session, OnnxModelDescription.Read("model", session), 1);
        byte[] pixels = new byte[64 * 64 * 3];
        float[][] first = buffers.Run(session, options, pixels);

        BindingOf(buffers).ClearBoundInputs();

        buffers.Run(session, options, pixels).Should().BeEquivalentTo(first, all => all.WithStrictOrdering());
    }

    [Fact]
    public void Options_that_cannot_be_used_are_all_named()
    {
        FluentActions.Invoking(() => model.Load(new() { Threads = 0, BatchSize = -1 })).Should().Throw<ArgumentException>()
            .WithMessage("*BatchSize is -1*Threads is 0*");
        bool configured = false;
        using OnnxAffectPredictor predictor = model.Load(
            new() { ConfigureSession = session => configured = session.IntraOpNumThreads == 0 });
        configured.Should().BeTrue();
        FluentActions.Invoking(() => model.Load(new() { ConfigureSession = session => session.AppendExecutionProvider("QNN") }))
            .Should().Throw<ArgumentException>().WithMessage("ConfigureSession failed: *QNN*");
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_binding")]
    private static extern ref OrtIoBinding BindingOf(OnnxBuffers buffers);

    private static void ShouldAgree(AffectPrediction actual, AffectPrediction expected, double tolerance)
    {
        ExportedModel.Difference(actual, expected).Should().BeLessThan(tolerance);
        actual.Expression!.Name.Should().Be(expected.Expression!.Name);
        actual.ActionUnits!.Present.Should().Equal(expected.ActionUnits!.Present);
    }
}
