using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Export;

/// <summary>A model's graph, in float32.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Images">The value that goes into the backbone: normalised images.</param>
/// <param name="Features">The value that heads read.</param>
internal sealed record ModelGraph(OnnxGraph Graph, string Images, string Features);

/// <summary>A <see cref="MultiTaskModel"/> in evaluation mode as an ONNX graph.</summary>
internal static class MultiTaskGraph
{
    private const string Batch = "batch";
    private const float NormFloor = 1e-12f;

    public static string NameOf(OnnxInput input) => input == OnnxInput.Pixels ? "pixels" : "images";

    /// <exception cref="OnnxExportException">A part has no exporter, or a task is called as the input.</exception>
    public static ModelGraph Create(MultiTaskModel model, ModelMetadata metadata, OnnxInput input)
    {
        // Before the work, so that the user sees all of what is missing at once.
        RequireExporters(model);
        RequireNames(model, NameOf(input));
        var graph = new OnnxGraph();
        OnnxValue images = Images(graph, metadata.Input, input);
        graph.EnterScope("backbone.");
        OnnxValue features = Backbone(graph, model.Backbone, images);
        graph.EnterScope("features.");
        if (GivesMap(model, metadata.Input))
        {
            features = graph.Node("Flatten", graph.Node("GlobalAveragePool", features));
        }

        if (model.Features.L2Normalize)
        {
            OnnxValue norm = graph.Node("ReduceL2", [features], OnnxAttribute.Of("axes", [1L]), OnnxAttribute.Of("keepdims", 1));
            features = graph.Node("Div", [features, graph.Node("Clip", [norm, graph.Initializer("floor", [NormFloor])])]);
        }

        foreach (string task in model.TaskNames)
        {
            graph.EnterScope($"heads.{task}.");
            ITaskHead head = model.Head(task);
            Outputs(graph, task, head, Head(graph, head, features), metadata);
        }

        return new(graph, images.Name, features.Name);
    }

    private static OnnxValue Images(OnnxGraph graph, ImagePreprocessing input, OnnxInput kind)
    {
        if (kind == OnnxInput.NormalizedImages)
        {
            return graph.AddInput(
                NameOf(kind), OnnxSchema.ElementType.Float32,
                $"Faces, normalised with the metadata's mean and standardDeviation, channels {input.ChannelOrder}.", Batch, 3, input
                    .Height, input.Width);
        }

        OnnxValue pixels = graph.AddInput(
            NameOf(kind), OnnxSchema.ElementType.UInt8, "Faces: red, green, blue from 0 to 255.", Batch, input.Height, input.Width, 3);
        graph.EnterScope("input.");
        OnnxValue planes = graph.Node("Transpose", [pixels], OnnxAttribute.Of("perm", [0, 3, 1, 2]));
        if (input.ChannelOrder == ChannelOrder.Bgr)
        {
            planes = graph.Node("Gather", [planes, graph.Initializer("order", [2L, 1L, 0L], 3)], OnnxAttribute.Of("axis", 1));
        }

        planes = graph.Node("Cast", [planes], OnnxAttribute.Of("to", OnnxSchema.ElementType.Float32));

        // (value / 255 - mean) / deviation as value · scale + shift, rounded once from float64.
        Span<float> scales = stackalloc float[3];
        Span<float> shifts = stackalloc float[3];
        ReadOnlySpan<float> means = [input.Mean.Red, input.Mean.Green, input.Mean.Blue];
        ReadOnlySpan<float> deviations = [input.StandardDeviation.Red, input.StandardDeviation.Green, input.StandardDeviation.Blue];
        for (int colour = 0; colour < 3; colour++)
        {
            int plane = input.ChannelOrder == ChannelOrder.Bgr ? 2 - colour : colour;
            scales[plane] = (float)(1 / (255.0 * deviations[colour]));
            shifts[plane] = (float)(-(double)means[colour] / deviations[colour]);
        }

        return graph.Node(
            "Add",
            [graph.Node("Mul", [planes, graph.Initializer("scale", scales, 1, 3, 1, 1)]), graph.Initializer("shift", shifts, 1, 3, 1, 1)]);
    }

    private static OnnxValue Backbone(OnnxGraph graph, IBackbone backbone, OnnxValue images) =>
        backbone switch
        {
            IOnnxExportable exportable => exportable.AddTo(graph, images),
            IFusedInParts network => FusedGraph.AddTo(graph, network, images),
            _ => ResNetGraph.AddTo(graph, (ResNet)backbone, images),
        };

    private static OnnxValue Head(OnnxGraph graph, ITaskHead head, OnnxValue features) =>
        head is IOnnxExportable exportable ? exportable.AddTo(graph, features) : HeadGraph.AddTo(graph, head, features)!;

    private static void Outputs(OnnxGraph graph, string task, ITaskHead head, OnnxValue raw, ModelMetadata metadata)
    {
        graph.AddOutput($"{task}.raw", $"What the head of '{task}' gives.", "Identity", [raw], [], Batch, head.OutputWidth);
        switch (metadata.Decoders.GetValueOrDefault(task)?.Kind)
        {
            case { } kind when kind == ExpressionDecoder.Kind || kind == ExpressionDecoder.TunedKind:
                graph.AddOutput(
                    task, $"Probabilities of {string.Join(", ", metadata.ExpressionClasses)}.", "Softmax",
                    [Cooled(graph, raw, metadata.Decoders[task])], [OnnxAttribute.Of("axis", 1)], Batch, head.OutputWidth);
                break;
            case { } kind when kind == ActionUnitDecoder.Kind:
                graph.AddOutput(
                    task, $"Probabilities of {string.Join(", ", metadata.ActionUnits)}.", "Sigmoid", [raw], [], Batch, head.OutputWidth);
                break;
            case { } kind when kind == ActionUnitIntensityDecoder.Kind:
                Intensities(graph, task, raw, head.OutputWidth / ActionUnitIntensityDecoder.OutputsPerUnit, metadata.Decoders[task]);
                break;
            case { } kind when kind == ValenceArousalDecoder.Kind:
                graph.AddOutput(
                    task, "Valence and arousal, from -1 to 1.", "Clip", [raw, graph.Initializer("least", [-1f]), graph.Initializer(
                        "greatest",
                        [1f])], [],
                    Batch, head.OutputWidth);
                break;
            default:
                graph.AddOutput(task, $"What the head of '{task}' gives.", "Identity", [raw], [], Batch, head.OutputWidth);
                break;
        }
    }

    // The expectation: the sum of a unit's probabilities.
    private static void Intensities(OnnxGraph graph, string task, OnnxValue raw, int units, PartDescription decoder)
    {
        OnnxValue shape = graph.Initializer("steps.shape", [-1, units, ActionUnitIntensityDecoder.OutputsPerUnit], 3);
        OnnxValue probabilities = graph.Node("Reshape", [graph.Node("Sigmoid", raw), shape]);
        graph.AddOutput(
            task, $"Intensities, from 0 to 5, of {decoder.Text("units").Replace(" ", ", ", StringComparison.Ordinal)}.", "ReduceSum",
            [probabilities, graph.Initializer("steps.axes", [2L], 1)], [OnnxAttribute.Of("keepdims", 0)], Batch, units);
    }

    // Of one view of a face, dividing the logits is what the decoder does to the probabilities.
    private static OnnxValue Cooled(OnnxGraph graph, OnnxValue raw, PartDescription decoder)
    {
        double temperature = ExpressionDecoder.Create(decoder).Temperature;
        return temperature == 1 ? raw : graph.Node("Div", [raw, graph.Initializer("temperature", [(float)temperature])]);
    }

    private static void RequireExporters(MultiTaskModel model)
    {
        List<string> missing = [];
        if (model.Backbone is not (IOnnxExportable or IFusedInParts or ResNet))
        {
            missing.Add($"the backbone '{model.Backbone.Description.Kind}' ({model.Backbone.GetType().Name})");
        }

        foreach (string task in model.TaskNames)
        {
            ITaskHead head = model.Head(task);
            if (head is not (IOnnxExportable or LinearHead or MlpHead or PerOutputMlpHead or OrdinalMlpHead))
            {
                missing.Add($"the head '{head.Description.Kind}' of task '{task}' ({head.GetType().Name})");
            }
        }

        if (missing.Count > 0)
        {
            throw new OnnxExportException(
                $"There is no ONNX exporter for {string.Join(", ", missing)}.", $"Implement {nameof(IOnnxExportable)} on it.");
        }
    }

    // Inputs and outputs of an ONNX graph share their names. Those of tasks have no dot, and meet no other of ours.
    private static void RequireNames(MultiTaskModel model, string input)
    {
        if (model.TaskNames.Contains(input))
        {
            throw new OnnxExportException(
                $"The task '{input}' is called as the graph's input, and its output would be too.",
                "Give the task another name, or the graph its other input by " +
                    $"{nameof(OnnxExportOptions)}.{nameof(OnnxExportOptions.Input)}.");
        }
    }

    // The shape is the module's to say: one blank image asks it. Running statistics stay as they are in evaluation mode.
    private static bool GivesMap(MultiTaskModel model, ImagePreprocessing input)
    {
        torch.nn.Module<torch.Tensor, torch.Tensor> backbone = model.Backbone.Module;
        if (backbone is ResNet or IFusedInParts)
        {
            return true;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        (torch.nn.Module Module, bool IsTraining)[] modes =
            [.. backbone.modules().Prepend(backbone).Select(module => (module, module.training))];
        backbone.eval();
        try
        {
            torch.Tensor? weight = backbone.parameters().FirstOrDefault();
            torch.Tensor blank = torch.zeros(1, 3, input.Height, input.Width, weight?.dtype ?? torch.ScalarType.Float32, weight?.device);
            return backbone.call(blank).dim() == 4;
        }
        finally
        {
            // Each by itself, parents first, since a parent's mode becomes that of all in it: a part may be frozen.
            foreach ((torch.nn.Module module, bool isTraining) in modes)
            {
                module.train(isTraining);
            }
        }
    }
}
