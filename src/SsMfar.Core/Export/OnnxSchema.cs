namespace SsMfar.Export;

/// <summary>The numbers of ONNX's <c>onnx.proto</c>, IR version 8, as far as they are needed.</summary>
internal static class OnnxSchema
{
    /// <summary>The version of the file format that goes with <see cref="OperatorSet"/>.</summary>
    internal const int IrVersion = 8;

    /// <summary>The version of the operators; 17 is read by ONNX Runtime 1.12 and later.</summary>
    internal const int OperatorSet = 17;

    internal static class Model
    {
        internal const int IrVersion = 1;
        internal const int ProducerName = 2;
        internal const int ProducerVersion = 3;
        internal const int DocString = 6;
        internal const int Graph = 7;
        internal const int OperatorSets = 8;
        internal const int MetadataProperties = 14;
    }

    internal static class OperatorSetId
    {
        internal const int Domain = 1;
        internal const int Version = 2;
    }

    internal static class MetadataProperty
    {
        internal const int Key = 1;
        internal const int Value = 2;
    }

    internal static class Graph
    {
        internal const int Nodes = 1;
        internal const int Name = 2;
        internal const int Initializers = 5;
        internal const int Inputs = 11;
        internal const int Outputs = 12;
    }

    internal static class Node
    {
        internal const int Inputs = 1;
        internal const int Outputs = 2;
        internal const int Name = 3;
        internal const int OperatorType = 4;
        internal const int Attributes = 5;
    }

    internal static class Attribute
    {
        internal const int Name = 1;
        internal const int Float = 2;
        internal const int Integer = 3;
        internal const int Text = 4;
        internal const int Integers = 8;
        internal const int Type = 20;
        internal const int FloatType = 1;
        internal const int IntegerType = 2;
        internal const int TextType = 3;
        internal const int IntegersType = 7;
    }

    internal static class Tensor
    {
        internal const int Dimensions = 1;
        internal const int ElementType = 2;
        internal const int Name = 8;
        internal const int RawData = 9;
    }

    internal static class ElementType
    {
        internal const int Float32 = 1;
        internal const int UInt8 = 2;
        internal const int Int64 = 7;
    }

    internal static class ValueInfo
    {
        internal const int Name = 1;
        internal const int Type = 2;
        internal const int DocString = 3;
    }

    /// <summary>The chain TypeProto → Tensor → TensorShapeProto → Dimension.</summary>
    internal static class Type
    {
        internal const int TensorType = 1;
        internal const int ElementType = 1;
        internal const int Shape = 2;
        internal const int Dimension = 1;
        internal const int DimensionValue = 1;
        internal const int DimensionName = 2;
    }
}
