using System.Runtime.InteropServices;
using SsMfar.Export;
using SsMfar.Weights;

namespace SsMfar.Tests.Faces;

/// <summary>Small ONNX files whose outputs are constants, whatever the input is.</summary>
internal static class OnnxFile
{
    /// <summary>A file.</summary>
    /// <param name="input">The input's shape; -1 for a side that only a run knows.</param>
    /// <param name="outputs">Name, shape and values of each output.</param>
    public static byte[] Of(long[] input, params IEnumerable<(string Name, long[] Shape, float[] Values)> outputs)
    {
        ProtobufMessage graph = new ProtobufMessage().Add(OnnxSchema.Graph.Name, "detector")
            .Add(OnnxSchema.Graph.Inputs, Value("input", input));
        foreach ((string name, long[] shape, float[] values) in outputs)
        {
            var tensor = new ProtobufMessage();
            foreach (long side in shape)
            {
                tensor.Add(OnnxSchema.Tensor.Dimensions, side);
            }

            tensor.Add(OnnxSchema.Tensor.ElementType, OnnxSchema.ElementType.Float32).Add(OnnxSchema.Tensor.Name, $"{name}_values")
                .Add(OnnxSchema.Tensor.RawData, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
            graph.Add(OnnxSchema.Graph.Initializers, tensor)
                .Add(OnnxSchema.Graph.Nodes, new ProtobufMessage().Add(OnnxSchema.Node.Inputs, $"{name}_values")
                    .Add(OnnxSchema.Node.Outputs, name).Add(OnnxSchema.Node.Name, name).Add(OnnxSchema.Node.OperatorType, "Identity"))
                .Add(OnnxSchema.Graph.Outputs, Value(name, shape));
        }

        ProtobufMessage model = new ProtobufMessage().Add(OnnxSchema.Model.IrVersion, OnnxSchema.IrVersion)
            .Add(OnnxSchema.Model.OperatorSets, new ProtobufMessage().Add(OnnxSchema.OperatorSetId.Domain, "")
                .Add(OnnxSchema.OperatorSetId.Version, OnnxSchema.OperatorSet))
            .Add(OnnxSchema.Model.Graph, graph);
        using var file = new MemoryStream();
        model.WriteTo(file);
        return file.ToArray();
    }

    private static ProtobufMessage Value(string name, long[] sides)
    {
        var shape = new ProtobufMessage();
        foreach (long side in sides)
        {
            shape.Add(OnnxSchema.Type.Dimension, side < 0
                ? new ProtobufMessage().Add(OnnxSchema.Type.DimensionName, "any") : new ProtobufMessage()
                    .Add(OnnxSchema.Type.DimensionValue, side));
        }

        ProtobufMessage tensor = new ProtobufMessage().Add(OnnxSchema.Type.ElementType, OnnxSchema.ElementType.Float32)
            .Add(OnnxSchema.Type.Shape, shape);
        return new ProtobufMessage().Add(OnnxSchema.ValueInfo.Name, name)
            .Add(OnnxSchema.ValueInfo.Type, new ProtobufMessage().Add(OnnxSchema.Type.TensorType, tensor));
    }
}
