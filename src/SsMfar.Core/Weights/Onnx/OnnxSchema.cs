namespace SsMfar.Weights;

/// <summary>The numbers of ONNX's <c>onnx.proto</c>, IR version 8, as far as they are needed to write and to read.</summary>
internal static class OnnxSchema
{
    /// <summary>The version of the file format that goes with <see cref="OperatorSet"/>.</summary>
    public const int IrVersion = 8;

    /// <summary>The version of the operators; 17 is read by ONNX Runtime 1.12 and later.</summary>
    public const int OperatorSet = 17;

    public static class Model
    {
        public const int IrVersion = 1;
        public const int ProducerName = 2;
        public const int ProducerVersion = 3;
        public const int DocString = 6;
        public const int Graph = 7;
        public const int OperatorSets = 8;
        public const int MetadataProperties = 14;
    }

    public static class OperatorSetId
    {
        public const int Domain = 1;
        public const int Version = 2;
    }

    /// <summary>A pair of texts: a property of the model, or of a tensor's external data.</summary>
    public static class MetadataProperty
    {
        public const int Key = 1;
        public const int Value = 2;
    }

    public static class Graph
    {
        public const int Nodes = 1;
        public const int Name = 2;
        public const int Initializers = 5;
        public const int Inputs = 11;
        public const int Outputs = 12;
    }

    public static class Node
    {
        public const int Inputs = 1;
        public const int Outputs = 2;
        public const int Name = 3;
        public const int OperatorType = 4;
        public const int Attributes = 5;
        public const int Domain = 7;
    }

    public static class Attribute
    {
        public const int Name = 1;
        public const int Float = 2;
        public const int Integer = 3;
        public const int Text = 4;
        public const int Tensor = 5;
        public const int Floats = 7;
        public const int Integers = 8;
        public const int Type = 20;
        public const int FloatType = 1;
        public const int IntegerType = 2;
        public const int TextType = 3;
        public const int IntegersType = 7;
    }

    public static class Tensor
    {
        public const int Dimensions = 1;
        public const int ElementType = 2;
        public const int Segment = 3;
        public const int FloatData = 4;
        public const int Int32Data = 5;
        public const int Int64Data = 7;
        public const int Name = 8;
        public const int RawData = 9;
        public const int DoubleData = 10;
        public const int UInt64Data = 11;
        public const int ExternalData = 13;
        public const int DataLocation = 14;
        public const int ExternalLocation = 1;
    }

    public static class ElementType
    {
        public const int Float32 = 1;
        public const int UInt8 = 2;
        public const int Int8 = 3;
        public const int Int16 = 5;
        public const int Int32 = 6;
        public const int Int64 = 7;
        public const int Bool = 9;
        public const int Float16 = 10;
        public const int Float64 = 11;
        public const int BFloat16 = 16;
    }

    public static class ValueInfo
    {
        public const int Name = 1;
        public const int Type = 2;
        public const int DocString = 3;
    }

    /// <summary>The chain TypeProto → Tensor → TensorShapeProto → Dimension.</summary>
    public static class Type
    {
        public const int TensorType = 1;
        public const int ElementType = 1;
        public const int Shape = 2;
        public const int Dimension = 1;
        public const int DimensionValue = 1;
        public const int DimensionName = 2;
    }
}
