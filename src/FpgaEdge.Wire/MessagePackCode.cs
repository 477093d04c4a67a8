namespace FpgaEdge.Wire;

/// <summary>First bytes of the MessagePack format, named as in its specification.</summary>
public static class MessagePackCode
{
    /// <summary>Largest positive fixint.</summary>
    public const byte MaxFixInt = 0x7f;

    /// <summary>fixmap with no entries.</summary>
    public const byte MinFixMap = 0x80;

    /// <summary>fixarray with no elements.</summary>
    public const byte MinFixArray = 0x90;

    /// <summary>fixstr of no bytes.</summary>
    public const byte MinFixStr = 0xa0;

    /// <summary>nil.</summary>
    public const byte Nil = 0xc0;

    /// <summary>Never used by the format.</summary>
    public const byte NeverUsed = 0xc1;

    /// <summary>false.</summary>
    public const byte False = 0xc2;

    /// <summary>true.</summary>
    public const byte True = 0xc3;

    /// <summary>bin 8.</summary>
    public const byte Bin8 = 0xc4;

    /// <summary>bin 16.</summary>
    public const byte Bin16 = 0xc5;

    /// <summary>bin 32.</summary>
    public const byte Bin32 = 0xc6;

    /// <summary>ext 8.</summary>
    public const byte Ext8 = 0xc7;

    /// <summary>ext 16.</summary>
    public const byte Ext16 = 0xc8;

    /// <summary>ext 32.</summary>
    public const byte Ext32 = 0xc9;

    /// <summary>float 32.</summary>
    public const byte Float32 = 0xca;

    /// <summary>float 64.</summary>
    public const byte Float64 = 0xcb;

    /// <summary>uint 8.</summary>
    public const byte UInt8 = 0xcc;

    /// <summary>uint 16.</summary>
    public const byte UInt16 = 0xcd;

    /// <summary>uint 32.</summary>
    public const byte UInt32 = 0xce;

    /// <summary>uint 64.</summary>
    public const byte UInt64 = 0xcf;

    /// <summary>int 8.</summary>
    public const byte Int8 = 0xd0;

    /// <summary>int 16.</summary>
    public const byte Int16 = 0xd1;

    /// <summary>int 32.</summary>
    public const byte Int32 = 0xd2;

    /// <summary>int 64.</summary>
    public const byte Int64 = 0xd3;

    /// <summary>fixext 1.</summary>
    public const byte FixExt1 = 0xd4;

    /// <summary>fixext 16.</summary>
    public const byte FixExt16 = 0xd8;

    /// <summary>str 8.</summary>
    public const byte Str8 = 0xd9;

    /// <summary>str 16.</summary>
    public const byte Str16 = 0xda;

    /// <summary>str 32.</summary>
    public const byte Str32 = 0xdb;

    /// <summary>array 16.</summary>
    public const byte Array16 = 0xdc;

    /// <summary>array 32.</summary>
    public const byte Array32 = 0xdd;

    /// <summary>map 16.</summary>
    public const byte Map16 = 0xde;

    /// <summary>map 32.</summary>
    public const byte Map32 = 0xdf;

    /// <summary>Smallest negative fixint, −32.</summary>
    public const byte MinNegativeFixInt = 0xe0;
}
